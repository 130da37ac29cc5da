package dev.mtlsoperator.reconcile.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CrlContents;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.CrlPlan;
import dev.mtlsoperator.rotation.revocation.CrlRules;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.NextCrl;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.revocation.RevocationRequest;
import dev.mtlsoperator.rotation.revocation.RevocationRequests;
import dev.mtlsoperator.secret.ca.CrlRecord;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustNamesakes;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A RootCA with revocation, and everything that can happen to its CRLs. The operator's own rules
 * decide; the places in which CRLs lie are fields.
 */
final class SimulatedRevocation {
  static final Duration VALIDITY = Duration.ofDays(30);
  private static final CrlPlan PLAN = new CrlPlan(VALIDITY, Duration.ofDays(3));
  private static final Duration LIFE = Duration.ofDays(365);
  private static final int COPIES = 2;

  /** A generation, whether bundles hold it, and what a person knows of its revoked certificates. */
  private static final class Signer {
    final CaGeneration generation;
    final CertificateAuthority authority;
    final Map<BigInteger, Instant> revoked = new HashMap<>();
    final Set<BigInteger> named = new HashSet<>();
    boolean inBundle = true;

    Signer(CaGeneration generation, CertificateAuthority authority) {
      this.generation = generation;
      this.authority = authority;
    }
  }

  /** A CA of somebody else. */
  private static final class Partner {
    final CertificateAuthority authority;
    Optional<Crl> input = Optional.empty();

    Partner(CertificateAuthority authority) {
      this.authority = authority;
    }
  }

  private final List<Signer> signers = new ArrayList<>();
  private final List<Partner> partners = new ArrayList<>();
  private final List<KnownCrls> records = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();
  private final Map<Integer, BigInteger> numbers = new HashMap<>();
  private final String[] copies = new String[COPIES];
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private Optional<KnownCrls> memory = Optional.empty();
  private List<Crl> remembered = List.of();
  private Optional<KnownCrls> record = Optional.empty();
  private String configMap = "";
  private BigInteger reported = BigInteger.ZERO;
  private boolean published;
  private Set<X509Certificate> trusted = Set.of();
  private long serials = 1000;
  private int signed;

  SimulatedRevocation() {
    Arrays.fill(copies, "");
    rotate();
    work();
  }

  int signed() {
    return signed;
  }

  /** The serial numbers on the CRLs that verifiers have. */
  List<BigInteger> listed() {
    return crls(configMap).stream().flatMap(crl -> crl.entries().keySet().stream()).toList();
  }

  // ---- what happens

  void pass(Duration time) {
    now = now.plus(time);
  }

  /** A leaf is revoked; its resource says so until it is deleted. */
  void revoke(int which, Duration left) {
    Signer signer = signers.get(Math.floorMod(which, signers.size()));
    BigInteger serial = BigInteger.valueOf(serials++);
    signer.revoked.put(serial, now.plus(left));
    signer.named.add(serial);
    work();
  }

  /** The resources of all revoked leaves are deleted: only CRLs remember them. */
  void forgetLeaves() {
    work();
    signers.forEach(signer -> signer.named.clear());
  }

  void rotate() {
    CertificateAuthority authority =
        Issuance.rootCA(CertificateTemplate.of(RootCAFixture.aRootCA()), now);
    int number = signers.isEmpty() ? 1 : signers.get(signers.size() - 1).generation.number() + 1;
    signers.add(
        new Signer(
            new CaGeneration(
                number,
                authority.certificate(),
                Optional.empty(),
                GenerationMilestones.none().with(it -> it.lastLeafNotAfter(now.plus(LIFE)))),
            authority));
  }

  /** The oldest generation leaves the bundles, and at the next time its Secret is gone. */
  void retire() {
    if (signers.size() > 1) {
      if (signers.get(0).inBundle) {
        signers.get(0).inBundle = false;
      } else {
        signers.remove(0);
      }
    }
  }

  void restart() {
    memory = Optional.empty();
    remembered = List.of();
  }

  void loseRecord() {
    if (configMap.equals(copies[0]) || memory.isPresent()) {
      record = Optional.empty();
    }
  }

  /** Somebody puts an older version of the Secret back. */
  void replayRecord(int which) {
    record = Optional.of(records.get(Math.floorMod(which, records.size())));
  }

  /** Somebody takes the CRLs out of the trust ConfigMap, which the operator puts back. */
  void emptyConfigMap() {
    if (memory.isPresent() || record.isPresent()) {
      configMap = "";
    }
  }

  /** Somebody puts an older version of the CRLs back into the trust ConfigMap. */
  void replayConfigMap(int which) {
    configMap = texts.get(Math.floorMod(which, texts.size()));
  }

  void addPartner() {
    if (partners.size() < 3) {
      partners.add(
          new Partner(Issuance.rootCA(CertificateTemplate.of(RootCAFixture.aRootCA()), now)));
    }
  }

  void bringPartnersCrl(int which, Duration validity) {
    if (!partners.isEmpty()) {
      Partner partner = partners.get(Math.floorMod(which, partners.size()));
      partner.input =
          Optional.of(
              partner.authority.sign(
                  new CrlContents(
                      BigInteger.valueOf(serials++), now, now.plus(validity), List.of())));
    }
  }

  void dropPartnersCrl(int which) {
    if (!partners.isEmpty()) {
      partners.get(Math.floorMod(which, partners.size())).input = Optional.empty();
    }
  }

  /**
   * A clock that is ahead for long signs again and again, another operator starts meanwhile, and
   * the clock is set right.
   */
  void jumpForLong(Duration ahead, int which) {
    now = now.plus(ahead);
    work();
    for (int again = 0; again < 2; again++) {
      revoke(which, VALIDITY);
      work();
    }
    restart();
    work();
    now = now.minus(ahead);
    work();
  }

  /** A clock that is ahead signs, and is set right. */
  void jump(Duration ahead) {
    now = now.plus(ahead);
    work();
    now = now.minus(ahead);
    work();
  }

  // ---- the operator

  void work() {
    look();
    // what came too soon after the last CRL is on the next one
    now = now.plusSeconds(3);
    look();
    judge();
  }

  private void look() {
    Supplier<List<Crl>> copied =
        () -> Arrays.stream(copies).flatMap(text -> crls(text).stream()).toList();
    List<Crl> held =
        CrlHistory.held(crls(configMap), remembered, published, !partners.isEmpty(), copied);
    KnownCrls known =
        CrlHistory.gather(
            there(),
            memory,
            record
                .<CrlRecord.Found>map(crls -> new CrlRecord.Found.Ours(crls, true))
                .orElseGet(CrlRecord.Found.Absent::new),
            held,
            reported,
            copied,
            now);
    RevocationFacts facts = facts(known);
    Optional<CrlRules.Due> due = new CrlRules(facts, now).due();
    if (due.isPresent()) {
      known = sign(facts, due.get());
      facts = facts(known);
    }
    memory = Optional.of(known);
    record = Optional.of(known);
    records.add(known);
    publish(facts, held);
  }

  private KnownCrls sign(RevocationFacts facts, CrlRules.Due due) {
    BigInteger number = new CrlRules(facts, now).nextNumber();
    SortedMap<Integer, Crl> fresh = new TreeMap<>();
    Map<Integer, NextCrl> contents = new HashMap<>();
    for (Signer signer : signers) {
      int generation = signer.generation.number();
      if (due.generations().contains(generation)) {
        NextCrl next =
            NextCrl.of(signer.generation, facts, number, SafetyChecks.Ends.BELIEVED, now);
        fresh.put(generation, signer.authority.sign(next.contents()));
        contents.put(generation, next);
        assertThat(number).isGreaterThan(numbers.getOrDefault(generation, BigInteger.ZERO));
        numbers.put(generation, number);
        signed++;
      }
    }
    return facts.known().with(fresh, contents);
  }

  private RevocationFacts facts(KnownCrls known) {
    Map<Integer, SortedMap<BigInteger, RevocationRequest>> requests = new HashMap<>();
    signers.forEach(
        signer -> {
          SortedMap<BigInteger, RevocationRequest> some = new TreeMap<>();
          signer.named.forEach(
              serial ->
                  some.put(
                      serial,
                      new RevocationRequest(
                          serial,
                          Optional.ofNullable(signer.revoked.get(serial)),
                          Optional.empty())));
          requests.put(signer.generation.number(), some);
        });
    return new RevocationFacts(
        Optional.of(PLAN),
        "uid",
        signers.stream().filter(s -> s.inBundle).map(s -> s.generation).toList(),
        signers.stream().filter(s -> !s.inBundle).map(s -> s.generation).toList(),
        Set.of(),
        known,
        new RevocationRequests(requests, Collections.emptySortedMap()),
        RevocationFacts.RecordState.CURRENT,
        reported);
  }

  private void publish(RevocationFacts facts, List<Crl> held) {
    AdditionalRevocations inputs =
        new AdditionalRevocations(
            partners.stream().flatMap(partner -> partner.input.stream()).toList(), List.of());
    SortedMap<String, List<X509Certificate>> asked = new TreeMap<>();
    asked.put("entry", partners.stream().map(p -> p.authority.certificate()).toList());
    AdditionalEntries entries = new AdditionalEntries(asked);
    List<String> keptOut = new ArrayList<>();
    if (published) {
      entries = inputs.admit(entries, trusted, held, now, keptOut);
    }
    trusted = Set.copyOf(entries.certificates());
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>();
    facts.inBundle().forEach(g -> anchors.put(g.number(), g.anchor()));
    RevocationView view =
        RevocationView.of(
            new RevocationObserver.Seen(facts, facts.known(), held, published),
            new CaGenerations(there()),
            new TrustContent(anchors, entries),
            new AdditionalTrusts.Known(
                entries, Optional.empty(), List.of(), TrustNamesakes.none(), inputs, keptOut),
            List.of(),
            now);
    remembered = view.crls();
    configMap = view.text().orElse("");
    texts.add(configMap);
    Arrays.fill(copies, configMap);
    published = view.publication() == RevocationView.Publication.PUBLISHED;
    reported = facts.known().highestNumber().max(reported);
  }

  private List<CaGeneration> there() {
    return signers.stream().map(signer -> signer.generation).toList();
  }

  private static List<Crl> crls(String text) {
    return text.isEmpty() ? List.of() : Crl.parseAll(SuppliedFile.of(text));
  }

  // ---- the promises

  private boolean wasPublished;

  private void judge() {
    wasPublished |= published;
    if (wasPublished) {
      assertThat(configMap).as("a copy that had CRLs has some").isNotEmpty();
    }
    List<Crl> all = crls(configMap);
    for (Signer signer : signers) {
      if (signer.inBundle && wasPublished) {
        Crl own = only(all, signer.generation.certificate());
        assertThat(own.nextUpdate()).as("the CRL of a trusted generation").isAfter(now);
        assertThat(own.thisUpdate()).isBefore(now);
        signer.revoked.forEach(
            (serial, end) -> {
              if (end.isAfter(now)) {
                assertThat(own.entries()).as("is revoked until %s", end).containsKey(serial);
              }
            });
        assertThat(signer.revoked.keySet())
            .as("nobody else is refused")
            .containsAll(own.entries().keySet());
      }
    }
    if (wasPublished) {
      trusted.forEach(partner -> only(all, partner));
    }
  }

  private static Crl only(List<Crl> all, X509Certificate issuer) {
    List<Crl> own = all.stream().filter(crl -> crl.isSignedBy(issuer)).toList();
    assertThat(own).as("CRLs of one CA").hasSize(1);
    return own.get(0);
  }
}
