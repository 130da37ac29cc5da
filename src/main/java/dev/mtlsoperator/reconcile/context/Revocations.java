package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The CRLs of each RootCA as its last reconciliation found or signed them, for its leaves and for
 * its next reconciliation; and the calls by which leaves ask a RootCA to revoke. In memory only:
 * after a start a leaf waits until its RootCA was reconciled.
 */
public final class Revocations {
  private final Map<CAName, Of> known = new ConcurrentHashMap<>();
  private final Map<CAName, Integer> behind = new ConcurrentHashMap<>();
  private final Map<CAName, String> unheld = new ConcurrentHashMap<>();
  private volatile Consumer<CAName> called = ca -> {};
  private final List<Consumer<CAName>> told = new CopyOnWriteArrayList<>();

  /**
   * The CRLs of one RootCA.
   *
   * @param signed those of its own generations
   * @param published all CRLs next to its trust bundle; empty: it has none, or not all that it
   *     needs
   */
  public record Published(KnownCrls signed, List<Crl> published) {
    public Published {
      published = List.copyOf(published);
    }
  }

  /**
   * The generations of a RootCA by their number. A generation in neither set is gone or distrusted:
   * no verifier trusts what it signed.
   *
   * @param trusted those in the trust bundles
   * @param able those that sign CRLs, or may do so again
   * @param unable those whose certificate does not allow it
   */
  public record Signers(Set<Integer> trusted, Set<Integer> able, Set<Integer> unable) {
    public Signers {
      trusted = Set.copyOf(trusted);
      able = Set.copyOf(able);
      unable = Set.copyOf(unable);
    }
  }

  /**
   * What is known of one RootCA.
   *
   * @param viewed the CRLs of its own generations as the content of its trust bundles was decided
   * @param signers empty: not known yet
   * @param delivered the CRLs of its own generations that its trust bundles hold
   * @param kept the CRLs of its own generations that the operator finds again after a start
   */
  private record Of(
      String uid,
      Published crls,
      KnownCrls viewed,
      Optional<Signers> signers,
      KnownCrls delivered,
      KnownCrls kept) {}

  /**
   * What is known of a RootCA; empty: it was not reconciled yet, or publishes no CRL. What is known
   * of a former one with its name does not count.
   */
  public Optional<Published> of(RootCA ca) {
    return Optional.ofNullable(known.get(CAName.of(ca)))
        .filter(of -> of.uid().equals(ca.getMetadata().getUid()))
        .map(Of::crls);
  }

  /** Notes the CRLs that a RootCA signed. */
  public void signed(RootCA ca, KnownCrls crls) {
    Of of = before(ca);
    known.put(
        CAName.of(ca),
        new Of(
            of.uid(),
            new Published(crls, of.crls().published()),
            of.viewed(),
            of.signers(),
            of.delivered(),
            of.kept()));
  }

  /** Notes the CRLs next to the trust bundle of a RootCA. */
  public void published(RootCA ca, KnownCrls signed, List<Crl> all, Signers signers) {
    Of of = before(ca);
    known.put(
        CAName.of(ca),
        new Of(
            of.uid(),
            new Published(signed, all),
            signed,
            Optional.of(signers),
            of.delivered(),
            of.kept()));
    if (!of.viewed().newest().equals(signed.newest())) {
      told.forEach(leaves -> leaves.accept(CAName.of(ca)));
    }
  }

  /**
   * Notes which CRLs of a RootCA the operator finds again after a start, where this memory is gone.
   */
  public void kept(RootCA ca, KnownCrls found) {
    Of of = before(ca);
    known.put(
        CAName.of(ca),
        new Of(of.uid(), of.crls(), of.viewed(), of.signers(), of.delivered(), found));
  }

  /**
   * Notes that a RootCA has written what it published to its trust bundles, as far as each copy can
   * be written.
   */
  public void delivered(RootCA ca) {
    Of of = before(ca);
    known.replace(
        CAName.of(ca),
        new Of(
            of.uid(),
            of.crls(),
            of.viewed(),
            of.signers(),
            of.crls().signed().only((number, crl) -> !isMissing(of, number, crl)),
            of.kept()));
  }

  // one run of a RootCA at a time
  private Of before(RootCA ca) {
    String uid = ca.getMetadata().getUid();
    return Optional.ofNullable(known.get(CAName.of(ca)))
        .filter(of -> of.uid().equals(uid))
        .orElseGet(
            () ->
                new Of(
                    uid,
                    new Published(KnownCrls.none(), List.of()),
                    KnownCrls.none(),
                    Optional.empty(),
                    KnownCrls.none(),
                    KnownCrls.none()));
  }

  /** Notes how many copies of a RootCA's trust bundle are not current. */
  public void behind(RootCA ca, int copies) {
    behind.put(CAName.of(ca), copies);
  }

  /** How many copies were not current when the RootCA was reconciled last; 0: not known. */
  public int behind(CAName ca) {
    return behind.getOrDefault(ca, 0);
  }

  /** Forgets a RootCA that publishes no CRL. */
  public void forget(RootCA ca) {
    known.remove(CAName.of(ca));
    behind.remove(CAName.of(ca));
    unheld.remove(CAName.of(ca));
  }

  /** Notes that a leaf of a RootCA with {@code revokeOnDelete} cannot be given its finalizer. */
  public void finalizerRefused(CAName ca, String why) {
    unheld.put(ca, why);
  }

  /**
   * Forgets what was refused, but at the RootCAs of leaves that still lack their finalizer.
   *
   * @param lacking those RootCAs
   */
  public void finalizersAdded(Set<CAName> lacking) {
    unheld.keySet().retainAll(lacking);
  }

  /** Why a leaf of a RootCA has no finalizer; empty: each has one, or needs none. */
  public Optional<String> withoutFinalizer(RootCA ca) {
    return Optional.ofNullable(unheld.get(CAName.of(ca)));
  }

  /** How far a RootCA is with the revocation of a certificate, from the first step to the last. */
  public enum Progress {
    /** The RootCA was not reconciled since the operator started. */
    UNKNOWN,
    ASKED,
    /** It is on a CRL, which the trust bundles are about to get. */
    SIGNED,
    /** It is on a CRL that the trust bundles do not get, as the RootCA's conditions tell. */
    HELD_BACK,
    /** The certificate of its generation does not allow to sign a CRL. */
    UNABLE,
    /** No verifier trusts its generation any more. */
    GONE,
    /** It is on a CRL that the trust bundles were given. */
    DELIVERED
  }

  /** How far the revocation of a certificate is. */
  public Progress progress(LeafRevocations.OfLeaf certificate) {
    Of of = known.get(certificate.ca());
    if (of == null) {
      return Progress.UNKNOWN;
    }
    if (isOn(of.delivered(), certificate)) {
      return Progress.DELIVERED;
    }
    if (isOn(of.crls().signed(), certificate)) {
      return isHeldBack(of, certificate.generation()) ? Progress.HELD_BACK : Progress.SIGNED;
    }
    if (of.signers().isEmpty() || of.signers().get().able().contains(certificate.generation())) {
      return Progress.ASKED;
    }
    return of.signers().get().unable().contains(certificate.generation())
        ? Progress.UNABLE
        : Progress.GONE;
  }

  /** Whether a start of the operator does not forget the revocation of a certificate. */
  public boolean isKept(LeafRevocations.OfLeaf certificate) {
    Of of = known.get(certificate.ca());
    return of != null && isOn(of.kept(), certificate);
  }

  private static boolean isHeldBack(Of of, int generation) {
    return of.crls()
        .signed()
        .of(generation)
        .filter(crl -> of.viewed().of(generation).equals(Optional.of(crl)))
        .filter(crl -> isMissing(of, generation, crl))
        .isPresent();
  }

  // of a generation that no trust bundle has, nobody needs a CRL there
  private static boolean isMissing(Of of, int generation, Crl crl) {
    return of.signers().filter(s -> s.trusted().contains(generation)).isPresent()
        && !of.crls().published().contains(crl);
  }

  /** Whether the last CRL of a generation lists a certificate; no: or it is not known. */
  public boolean isListed(CAName ca, int generation, BigInteger serialNumber) {
    return Optional.ofNullable(known.get(ca))
        .filter(of -> isOn(of.crls().signed(), generation, serialNumber))
        .isPresent();
  }

  private static boolean isOn(KnownCrls crls, LeafRevocations.OfLeaf certificate) {
    return isOn(crls, certificate.generation(), certificate.request().serialNumber());
  }

  private static boolean isOn(KnownCrls crls, int generation, BigInteger serialNumber) {
    return crls.of(generation).filter(crl -> crl.entries().containsKey(serialNumber)).isPresent();
  }

  /** Names who is told that a RootCA has other CRLs than before, or that they are known now. */
  public void tell(Consumer<CAName> leaves) {
    told.add(leaves);
  }

  /** Names what has a RootCA reconciled when a leaf asks. */
  public void listen(Consumer<CAName> rootCAs) {
    called = rootCAs;
  }

  /** Asks a RootCA to revoke what its leaves ask for. */
  public void call(CAName ca) {
    called.accept(ca);
  }
}
