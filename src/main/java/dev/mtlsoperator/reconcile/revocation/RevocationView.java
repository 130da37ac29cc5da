package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.revocation.CrlBundle;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import dev.mtlsoperator.secret.trust.TrustContent;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which CRLs the trust bundles of a RootCA hold, and what is wrong with them. Pure.
 *
 * @param bundle the CRLs that there are for the CAs in the trust bundle
 * @param publication whether the trust bundles hold CRLs
 * @param crls those that they hold
 * @param problems what is wrong, in words
 */
public record RevocationView(
    RevocationFacts facts,
    CrlBundle bundle,
    Publication publication,
    List<Crl> crls,
    List<String> problems) {
  /** A ConfigMap or Secret has at most 1 MiB, of which the certificates need up to a half. */
  static final int MOST = 700 * 1024;

  /** A CRL of another CA is told of while this part of its time is left. */
  private static final int PARTS_OF_A_LIFE = 4;

  static final int NEAR = MOST / 3 * 2;

  /** Whether the trust bundles hold CRLs. */
  public enum Publication {
    /** The spec does not ask for any. */
    OFF,
    /** There are none until every CA in the bundle has one. */
    AWAITED,
    /** They are there, and stay. */
    PUBLISHED
  }

  public RevocationView {
    crls = List.copyOf(crls);
    problems = List.copyOf(problems);
  }

  /** Nothing is asked for. */
  public static RevocationView off() {
    return new RevocationView(
        RevocationFacts.off(),
        new CrlBundle(List.of(), List.of()),
        Publication.OFF,
        List.of(),
        List.of());
  }

  /**
   * Assembles the CRLs.
   *
   * @param content of the trust bundles
   * @param hindrances what else is wrong, in words
   */
  static RevocationView of(
      RevocationObserver.Seen seen,
      CaGenerations generations,
      TrustContent content,
      AdditionalTrusts.Known additional,
      List<String> hindrances,
      Instant now) {
    if (!seen.isOn()) {
      return off();
    }
    List<Crl> candidates = new ArrayList<>(seen.facts().known().newest().values());
    Stream.concat(additional.crls().crls().stream(), seen.held().stream())
        .filter(crl -> isForeign(crl, seen.facts(), generations))
        .forEach(candidates::add);
    CrlBundle bundle = CrlBundle.of(cas(generations, content), candidates, now);
    boolean published = seen.isPublished() || bundle.isComplete();
    boolean large = size(bundle.crls()) > MOST;
    List<Crl> crls = !published ? List.of() : large ? seen.held() : bundle.crls();
    return new RevocationView(
        seen.facts(),
        bundle,
        crls.isEmpty() ? Publication.AWAITED : Publication.PUBLISHED,
        crls,
        problems(
            seen.facts(),
            bundle,
            crls,
            additional,
            hindrances,
            ending(seen.facts(), bundle, now),
            large));
  }

  // all that sign what a verifier is presented with: a CRL of each is asked for
  private static List<X509Certificate> cas(CaGenerations generations, TrustContent content) {
    List<X509Certificate> cas = new ArrayList<>();
    content
        .generations()
        .forEach(
            (number, anchor) ->
                cas.addAll(
                    generations.there().stream()
                        .filter(g -> g.number() == number && g.anchor().equals(anchor))
                        .findFirst()
                        .map(g -> g.path().all())
                        .orElseGet(() -> List.of(anchor))));
    cas.addAll(content.additional());
    return cas;
  }

  // one that an imported CA signed elsewhere may be newer, and does not have what was revoked here
  private static boolean isForeign(Crl crl, RevocationFacts facts, CaGenerations generations) {
    return !facts.known().newest().containsValue(crl)
        && generations.there().stream().noneMatch(g -> crl.isSignedBy(g.certificate()));
  }

  private static int size(List<Crl> crls) {
    return Crl.pem(crls).length();
  }

  private static List<String> problems(
      RevocationFacts facts,
      CrlBundle bundle,
      List<Crl> crls,
      AdditionalTrusts.Known additional,
      List<String> hindrances,
      List<String> ending,
      boolean large) {
    List<String> problems = new ArrayList<>();
    if (large) {
      problems.add(
          "the CRLs are larger than "
              + MOST / 1024
              + " KiB and are not written any more: what was revoked since is not refused. Rotate this CA and set rotation.reissue: Immediately, so that the next generation begins with an empty one");
    }
    facts.inBundle().stream()
        .filter(g -> facts.unable().contains(g.number()))
        .forEach(g -> problems.add(unable(g)));
    if (!bundle.isComplete()) {
      problems.add(
          bundle.lacking().stream().map(CrlBundle.Lack::inWords).collect(Collectors.joining("; "))
              + (crls.isEmpty()
                  ? ": no trust bundle has CRLs until each of its CAs has a current one, since gateways would refuse all clients of the others; "
                  : ": gateways that check CRLs refuse its clients; ")
              + AdditionalRevocations.remedy());
    }
    problems.addAll(additional.withoutCrl());
    problems.addAll(ending);
    problems.addAll(additional.crls().unusable());
    facts.loss().ifPresent(problems::add);
    problems.addAll(hindrances);
    return problems;
  }

  // its CA has to make the next one, and somebody to bring it
  private static List<String> ending(RevocationFacts facts, CrlBundle bundle, Instant now) {
    return bundle.crls().stream()
        .filter(crl -> !facts.known().newest().containsValue(crl))
        .filter(crl -> now.isBefore(crl.nextUpdate()) && !now.isBefore(lastQuarter(crl)))
        .map(
            crl ->
                "the CRL of '"
                    + crl.issuer().getName()
                    + "' expires on "
                    + crl.nextUpdate()
                    + ", and gateways that check CRLs refuse the clients of this CA from then on; "
                    + AdditionalRevocations.remedy())
        .toList();
  }

  private static Instant lastQuarter(Crl crl) {
    return crl.nextUpdate()
        .minus(Duration.between(crl.thisUpdate(), crl.nextUpdate()).dividedBy(PARTS_OF_A_LIFE));
  }

  /** When one of these CRLs that its own CA has to replace is told of, or expires. */
  public Optional<Instant> next(Instant now) {
    return bundle.crls().stream()
        .filter(crl -> !facts.known().newest().containsValue(crl))
        .flatMap(crl -> Stream.of(lastQuarter(crl), crl.nextUpdate()))
        .filter(now::isBefore)
        .min(Instant::compareTo);
  }

  private static String unable(CaGeneration generation) {
    return "generation "
        + generation.number()
        + " cannot sign a CRL: "
        + (Crl.maySign(generation.certificate())
            ? "its key cannot be read"
            : "the key usage of its certificate lacks cRLSign; import one with keyUsage = critical, keyCertSign, cRLSign");
  }

  /** The CRLs in the trust bundles, in PEM; empty: they hold none. */
  public Optional<String> text() {
    return crls.isEmpty() ? Optional.empty() : Optional.of(Crl.pem(crls));
  }

  /** What keeps the trust bundles from having a current CRL of every CA; empty: nothing. */
  public Optional<Finding> incomplete() {
    return problems.isEmpty()
        ? Optional.empty()
        : Optional.of(new Finding(Reason.RevocationIncomplete, String.join(". ", problems)));
  }

  /** That the CRLs will not fit any more; empty: there is room. */
  public Optional<Finding> nearLimit() {
    int size = size(bundle.crls());
    return size <= NEAR
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.RevocationNearLimit,
                "the CRLs have "
                    + size / 1024
                    + " KiB, and more than "
                    + MOST / 1024
                    + " KiB are not written. Shorter certificates leave them sooner; a rotation of this CA begins with an empty one"));
  }
}
