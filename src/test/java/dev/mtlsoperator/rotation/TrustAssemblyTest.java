package dev.mtlsoperator.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.NameConstraints;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.rotation.TrustAssembly.Access;
import dev.mtlsoperator.rotation.TrustAssembly.Named;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whom a leaf trusts, while one of its CAs is missing, is distrusted, or is not named any more. */
final class TrustAssemblyTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final CAName A = new CAName("shop", "a");
  private static final CAName B = new CAName("shop", "b");
  private static final X509Certificate A1 = root();
  private static final X509Certificate A2 = root();
  private static final X509Certificate B1 = root();
  private static final X509Certificate PARTNER = root();
  private static final X509Certificate BANK = root();

  private final Map<CAName, Lineage> lineages = new HashMap<>();

  private static X509Certificate root() {
    CertificateAuthority ca = Issuance.rootCA(Blueprint.of(Fixtures.aRootCA("root", "3650d")), NOW);
    return ca.certificate();
  }

  private static CaGeneration generation(int number, X509Certificate root, Latches latches) {
    return new CaGeneration(number, root, Optional.empty(), latches);
  }

  private static Latches signing(X509Certificate... distrusted) {
    Set<Fingerprint> all = new java.util.HashSet<>();
    Arrays.stream(distrusted).map(Fingerprint::of).forEach(all::add);
    return Latches.none().with(it -> it.signingSince(NOW).distrusts(all));
  }

  private static Lineage lineage(X509Certificate... roots) {
    return new Lineage(
        java.util.stream.IntStream.range(0, roots.length)
            .mapToObj(i -> generation(i + 1, roots[i], signing()))
            .toList());
  }

  /** Its second generation signs, and distrusts the first, which is still there. */
  private static Lineage distrusting() {
    return new Lineage(List.of(generation(1, A1, signing()), generation(2, A2, signing(A1))));
  }

  /** The same, later: the Secret of the distrusted one is deleted. */
  private static Lineage distrusted() {
    return new Lineage(List.of(generation(2, A2, signing(A1))));
  }

  private static Named there(CAName ca, Lineage lineage, X509Certificate... additional) {
    return new Named(ca, lineage, Access.GRANTED, Optional.of(List.of(additional)));
  }

  private static Named missing(CAName ca) {
    return new Named(ca, Lineage.none(), Access.DENIED, Optional.empty());
  }

  private static Named unread(CAName ca, Lineage lineage) {
    return new Named(ca, lineage, Access.GRANTED, Optional.empty());
  }

  private Trust trust(Holding holding, Named... named) {
    return trust(NOW, TrustAssembly.Spec.OBSERVED, holding, named);
  }

  private Trust trust(Instant now, TrustAssembly.Spec spec, Holding holding, Named... named) {
    return TrustAssembly.of(
        List.of(named),
        Optional.empty(),
        holding,
        spec,
        ca -> lineages.getOrDefault(ca, Lineage.none()),
        some -> some.isEmpty() ? "" : Pem.write(some),
        now);
  }

  private static Holding.Ours holding(@Nullable Trust written, X509Certificate... bundle) {
    return new Holding.Ours(
        Holding.Integrity.AS_REPORTED,
        Optional.empty(),
        1,
        1,
        Pem.write(written == null ? List.of(bundle) : written.certificates()),
        written == null ? "" : written.additional(),
        Collections.emptySortedSet(),
        written == null ? TrustSources.unknown() : TrustSources.parse(written.sources().text()),
        "",
        true,
        null,
        Optional.empty());
  }

  /** The same, beside a truststore that could not be encoded, and so holds others. */
  private static Holding.Ours behind(Holding.Ours ours, X509Certificate... truststore) {
    return new Holding.Ours(
        ours.integrity(),
        ours.certificate(),
        ours.revision(),
        ours.caGeneration(),
        ours.trust(),
        ours.additional(),
        ours.admittedBy(),
        ours.sources(),
        "",
        true,
        null,
        Optional.of(
            Arrays.stream(truststore)
                .map(Fingerprint::of)
                .collect(java.util.stream.Collectors.toSet())));
  }

  private Holding holdingOf(Named... named) {
    return holding(trust(new Holding.Absent(), named));
  }

  @Test
  void shouldTrustAllThatItsCAsGive() {
    Trust trust =
        trust(
            new Holding.Absent(),
            there(A, lineage(A1, A2), PARTNER),
            there(B, lineage(B1), BANK, PARTNER));

    assertThat(trust.certificates())
        .startsWith(A1, A2, B1)
        .containsExactlyInAnyOrder(A1, A2, B1, PARTNER, BANK);
    assertThat(trust.additional()).isNotEmpty();
    assertThat(trust.withdrawn()).isEmpty();
    assertThat(trust.sources().of(B, Pem.readWritten(Pem.write(trust.certificates()))).own())
        .containsExactly(B1);
    assertThat(trust.sources().of(B, Pem.readWritten(Pem.write(trust.certificates()))).additional())
        .containsExactlyInAnyOrder(BANK, PARTNER);
  }

  @Test
  void shouldKeepOfAMissingCAWhatItGave() {
    Holding before = holdingOf(there(A, lineage(A1), PARTNER), there(B, lineage(B1), BANK));

    Trust trust = trust(before, there(A, lineage(A1, A2)), missing(B));

    assertThat(trust.certificates()).containsExactlyInAnyOrder(A1, A2, B1, BANK);
  }

  @Test
  void shouldKeepTheOthersWhereOneCannotBeRead() {
    // given: an earlier version took what the bounds of today refuse
    Holding.Ours written =
        (Holding.Ours) holdingOf(there(A, lineage(A1), PARTNER), there(B, lineage(B1)));
    String unreadable = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    Holding before =
        new Holding.Ours(
            written.integrity(),
            written.certificate(),
            1,
            1,
            written.trust().replace(Pem.write(A1), unreadable),
            written.additional(),
            written.admittedBy(),
            written.sources(),
            "",
            true,
            null,
            Optional.empty());

    // then: what is of whom goes by its place
    assertThat(trust(before, missing(A), missing(B)).certificates()).containsExactly(B1, PARTNER);
    Lineage distrusting =
        new Lineage(
            List.of(
                generation(
                    2,
                    A2,
                    Latches.none()
                        .with(
                            it -> it.signingSince(NOW).distrusts(Pem.fingerprints(unreadable))))));
    assertThat(trust(before, there(A, distrusting, PARTNER), missing(B)).withdrawn())
        .isEqualTo(Pem.fingerprints(unreadable));
  }

  /** Somebody changed what was noted on its second generation. */
  private static Lineage unproven(X509Certificate... distrusted) {
    CaGeneration second = generation(2, A2, signing());
    return new Lineage(
        List.of(generation(1, A1, signing(distrusted))),
        List.of(
            new Lineage.Suspect(
                2,
                second.fingerprint(),
                Optional.of(second),
                "a-ca-2",
                Lineage.Suspect.Kind.TAMPERED,
                "what was found")));
  }

  @Test
  void shouldKeepWhatACAGaveThatCannotBeProven() {
    Holding before = holdingOf(there(A, lineage(A1, A2), PARTNER), there(B, lineage(B1)));

    for (Lineage lineage : List.of(unproven(), unproven(BANK))) {
      Trust trust = trust(before, there(A, lineage, PARTNER), there(B, lineage(B1)));

      assertThat(trust.certificates()).containsExactlyInAnyOrder(A1, A2, B1, PARTNER);
      assertThat(trust.withdrawn()).isEmpty();
    }
    // also where the edited reference leads nowhere
    lineages.put(A, unproven());
    lineages.put(B, lineage(B1));
    assertThat(trust(before, missing(new CAName("shop", "typo"))).certificates())
        .contains(A1, A2, B1);
  }

  @Test
  void shouldKeepNothingThatIsDistrusted() {
    Holding before = holdingOf(there(A, lineage(A1)), there(B, lineage(B1)));

    for (Lineage lineage : List.of(distrusting(), distrusted())) {
      Trust trust = trust(before, there(A, lineage), missing(B));

      assertThat(trust.certificates()).containsExactly(A2, B1);
      assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
    }
  }

  @Test
  void shouldKeepNothingThatIsDistrustedWhereNothingTellsWhatIsFromWhom() {
    Holding before = holding(null, A1, B1, PARTNER);

    Trust trust = trust(before, there(A, distrusted()), missing(B));

    assertThat(trust.certificates()).containsExactly(A2, B1, PARTNER);
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
    // what is not known now is not known better the next time
    assertThat(trust.sources().isKnown()).isFalse();
  }

  @Test
  void shouldKeepWhatItHoldsWhereAllHasLeftAndNothingIsDistrusted() {
    // however that came about: nobody says that it must go
    Lineage nobody =
        new Lineage(List.of(generation(1, A1, Latches.none().with(it -> it.retires(9)))));

    assertThat(trust(holdingOf(there(A, lineage(A1))), there(A, nobody)).certificates())
        .containsExactly(A1);
  }

  @Test
  void shouldTrustNobodyWhereAllIsDistrusted() {
    Lineage nobody = new Lineage(List.of(generation(1, A1, signing(A1))));

    Trust trust = trust(holdingOf(there(A, lineage(A1))), there(A, nobody));

    assertThat(trust.certificates()).isEmpty();
    assertThat(trust.isKnown()).isTrue();
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
  }

  @Test
  void shouldNotTrustOnAccountOfAnotherWhatOneDistrusts() {
    // by an entry of its own, and kept of one that is missing
    Holding before = holdingOf(there(A, lineage(A1)), there(B, lineage(B1), A1));

    assertThat(trust(before, there(A, distrusted()), there(B, lineage(B1), A1)).certificates())
        .containsExactly(A2, B1);
    assertThat(trust(before, there(A, distrusted()), missing(B)).certificates())
        .containsExactly(A2, B1);
    // who does not name the first asks only the second
    assertThat(trust(before, there(B, lineage(B1), A1)).certificates()).contains(A1);
  }

  @Test
  void shouldLeaveToACAItsOwnGenerations() {
    assertThat(
            trust(
                    holdingOf(there(A, lineage(A1)), there(B, lineage(A1))),
                    there(A, distrusted()),
                    there(B, lineage(A1)))
                .certificates())
        .containsExactly(A2, A1);
  }

  @Test
  void shouldKeepNothingOfWhomTheSpecDoesNotName() {
    Holding before = holdingOf(there(A, lineage(A1), PARTNER), there(B, lineage(B1)));
    lineages.put(A, lineage(A1));

    Trust trust = trust(before, missing(B));

    assertThat(trust.certificates()).containsExactly(B1);
    assertThat(trust.removal()).isEqualTo(Reissue.Immediately);
  }

  @Test
  void shouldWithdrawWhatASpecDoesNotAskForAnyMore() {
    Holding before = holdingOf(there(A, lineage(A1, A2), PARTNER, BANK), there(B, lineage(B1)));

    // an entry of additionalTrust, and a CA
    assertThat(trust(before, there(A, lineage(A1, A2), PARTNER), there(B, lineage(B1))).withdrawn())
        .containsExactly(Fingerprint.of(BANK));
    assertThat(trust(before, there(A, lineage(A1, A2), PARTNER, BANK)).withdrawn())
        .containsExactly(Fingerprint.of(B1));

    // what is retired can wait, as can what has expired: nobody asked for it to leave
    Lineage retired =
        new Lineage(
            List.of(
                generation(1, A1, signing()),
                generation(2, A2, Latches.none().with(it -> it.signingSince(NOW).retires(1)))));
    assertThat(trust(before, there(A, retired, PARTNER, BANK), there(B, lineage(B1))).withdrawn())
        .isEmpty();
    assertThat(
            trust(
                    NOW.plus(java.time.Duration.ofDays(5000)),
                    TrustAssembly.Spec.OBSERVED,
                    before,
                    there(A, lineage(A1, A2), PARTNER),
                    there(B, lineage(B1)))
                .withdrawn())
        .isEmpty();
    // one that is missing keeps its own
    assertThat(trust(before, missing(A), there(B, lineage(B1))).withdrawn()).isEmpty();
  }

  @Test
  void shouldTakeOutAtOnceWhatAnEditOfABundleWithoutSourcesDoesNotName() {
    // given: an earlier version wrote it
    Holding before = holding(null, A1, A2, B1);
    Lineage retired =
        new Lineage(
            List.of(
                generation(1, A1, signing()),
                generation(2, A2, Latches.none().with(it -> it.signingSince(NOW).retires(1)))));

    // when
    Trust unedited = trust(before, there(A, retired));
    Trust edited = trust(NOW, TrustAssembly.Spec.EDITED, before, there(A, retired));

    // then: the upgrade alone writes nothing
    assertThat(unedited.removal()).isEqualTo(Reissue.OnRenewal);
    assertThat(unedited.withdrawn()).isEmpty();
    assertThat(edited.removal()).isEqualTo(Reissue.Immediately);
    assertThat(edited.withdrawn()).containsExactly(Fingerprint.of(B1));
    assertThat(edited.sources().cas()).containsExactly(A);
  }

  @Test
  void shouldWithdrawWhatOnlyATruststoreHolds() {
    // given: it could not be encoded when the first generation was retired
    Holding.Ours written = holding(trust(new Holding.Absent(), there(A, lineage(A2))));
    Holding behind = behind(written, A1);

    // then: that alone is no reason to write
    assertThat(trust(behind, there(A, lineage(A2))).withdrawn()).isEmpty();
    for (Lineage lineage : List.of(distrusting(), distrusted())) {
      Trust trust = trust(behind, there(A, lineage));
      assertThat(trust.certificates()).containsExactly(A2);
      assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
      // once it is purged
      assertThat(trust(holding(trust), there(A, lineage)).withdrawn()).isEmpty();
    }
  }

  @Test
  void shouldTakeAnEditThatLeavesNobodyForAMistake() {
    Holding before = holdingOf(there(A, lineage(A1), PARTNER));
    lineages.put(A, lineage(A1, A2));

    Trust trust = trust(before, missing(B));

    assertThat(trust.certificates()).containsExactly(A1);
    assertThat(trust.sources().cas()).containsExactly(A);

    // as long as its own CA trusts it
    lineages.put(A, distrusted());
    Trust later = trust(holding(trust), missing(B));
    assertThat(later.certificates()).isEmpty();
    assertThat(later.withdrawn()).containsExactly(Fingerprint.of(A1));
    lineages.remove(A);
    assertThat(trust(holding(trust), missing(B)).certificates()).isEmpty();
  }

  @Test
  void shouldKeepTheAdditionalOnesOfACAThatWasNotReadYet() {
    Holding before = holdingOf(there(A, lineage(A1), PARTNER), there(B, lineage(B1), BANK));

    Trust trust = trust(before, unread(A, lineage(A1)), there(B, lineage(B1)));

    assertThat(trust.certificates()).containsExactly(A1, B1, PARTNER);
  }

  @Test
  void shouldTakeOutWhatACAWithoutAKeyDoesNotAskForAnyMore() {
    Holding before = holdingOf(there(A, lineage(A1), PARTNER));

    assertThat(trust(before, there(A, Lineage.none())).certificates()).containsExactly(A1);
  }

  @Test
  void shouldRememberTheRootOfADistrustedIntermediate() {
    // given: it was imported, and its Secret is gone
    CaGeneration imported =
        new CaGeneration(
            2, CaPath.root(A2), Optional.empty(), Optional.of("imported"), signing(BANK));
    Holding before = holdingOf(there(A, lineage(A1)));

    Trust trust = trust(before, there(A, new Lineage(List.of(imported))));

    assertThat(trust.certificates()).containsExactly(A2);
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
  }

  @Test
  void shouldWithdrawWhatAPersonDistrustsThoughOthersCannotBeProven() {
    // given: both were tampered with, and status alone remembers
    Lineage both =
        new Lineage(List.of(), List.of(tampered(1, CaPath.root(A1)), tampered(2, CaPath.root(A2))));
    Holding before = holdingOf(there(A, lineage(A1, A2), PARTNER), there(B, lineage(B1)));

    Trust trust =
        trust(
            before,
            there(A, both.remembering(new History(Set.of(Fingerprint.of(A1)), 0, 2)), PARTNER),
            there(B, lineage(B1)));

    assertThat(trust.certificates()).containsExactlyInAnyOrder(A2, B1, PARTNER);
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
  }

  @Test
  void shouldWithdrawTheRootOfADistrustedIntermediateThatWasTamperedWith() {
    // given: the only one of its CA; and none of the references tells which is from whom
    CertificateAuthority root =
        Issuance.rootCA(Blueprint.of(Fixtures.aRootCA("root", "3650d")), NOW);
    CaPath stolen =
        new CaPath(root.crossSign(A1, NameConstraints.none()), List.of(), root.certificate());
    Lineage left =
        new Lineage(List.of(), List.of(tampered(1, stolen)))
            .remembering(new History(Set.of(Fingerprint.of(stolen.certificate())), 0, 1));

    for (Holding before :
        List.of(
            holdingOf(there(A, lineage(root.certificate())), there(B, lineage(B1))),
            holding(null, root.certificate(), B1))) {
      Trust trust = trust(before, there(A, left), there(B, lineage(B1)));

      assertThat(trust.certificates()).containsExactly(B1);
      assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(root.certificate()));
    }
    // also where the edited reference leads nowhere
    lineages.put(A, left);
    assertThat(
            trust(
                    holdingOf(there(A, lineage(root.certificate()))),
                    missing(new CAName("shop", "typo")))
                .certificates())
        .isEmpty();
  }

  private static Lineage.Suspect tampered(int number, CaPath path) {
    return new Lineage.Suspect(
        number,
        Fingerprint.of(path.certificate()),
        Optional.of(
            new CaGeneration(number, path, Optional.empty(), Optional.empty(), Latches.none())),
        "a-ca-" + number,
        Lineage.Suspect.Kind.TAMPERED,
        "what was found");
  }

  @Test
  void shouldBelieveNoBundleThatWasTamperedWith() {
    Holding.Ours ours = holding(null, A1, PARTNER);
    Holding tampered =
        new Holding.Ours(
            Holding.Integrity.TAMPERED,
            ours.certificate(),
            1,
            1,
            ours.trust(),
            "",
            Collections.emptySortedSet(),
            "",
            true,
            null);

    assertThat(trust(tampered, missing(A)).certificates()).isEmpty();
    assertThat(trust(tampered, missing(A)).isKnown()).isFalse();
  }

  @Test
  void shouldNoteNoMoreThanItReads() {
    TreeMap<CAName, TrustSources.Given> given = new TreeMap<>();
    for (int i = 0; i < 9; i++) {
      given.put(
          new CAName("n" + "s".repeat(62), i + "c".repeat(62)),
          new TrustSources.Given(Collections.nCopies(100, A1), Collections.nCopies(100, PARTNER)));
    }
    List<X509Certificate> bundle = List.of(A1, PARTNER);

    // all that a leaf can name
    TrustSources most = TrustSources.of(bundle, given);
    assertThat(most.cas()).hasSize(9);
    assertThat(TrustSources.parse(most.text())).isEqualTo(most);

    // what is beyond is not noted, rather than noted and not read
    for (int i = 0; i < 60; i++) {
      given.put(
          new CAName("more", "ca-" + i),
          new TrustSources.Given(Collections.nCopies(100, A1), Collections.nCopies(100, PARTNER)));
    }
    assertThat(TrustSources.of(bundle, given)).isEqualTo(TrustSources.unknown());
  }

  @Test
  void shouldReadOnlyItsOwnNotes() {
    TrustSources sources =
        new TrustSources(
            new TreeMap<>(
                Map.of(
                    A,
                    new TrustSources.Places(List.of(0, 1), List.of(3)),
                    B,
                    new TrustSources.Places(List.of(), List.of(3, 2)))));

    assertThat(sources.text()).isEqualTo("shop/a=0,1+3;shop/b=+3,2");
    assertThat(TrustSources.parse(sources.text())).isEqualTo(sources);
    for (String garbled :
        List.of(
            "",
            "shop/a",
            "shop/a=0",
            "shop/a=,+",
            "a=0+",
            "shop/a=0+;",
            "shop/a=99999+",
            "shop/a=0+;".repeat(10_000))) {
      assertThat(TrustSources.parse(garbled)).isEqualTo(TrustSources.unknown());
    }
    assertThat(sources.of(A, List.of(Optional.of(A1))).own()).containsExactly(A1);
  }
}
