package dev.mtlsoperator.rotation.leaf;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.rotation.leaf.ManagedSecretFixture.aManagedSecret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.leaf.TrustAssembly.Access;
import dev.mtlsoperator.rotation.leaf.TrustAssembly.Named;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
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
import java.util.stream.Stream;
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

  private final Map<CAName, CaGenerations> liveGenerations = new HashMap<>();

  private static X509Certificate root() {
    CertificateAuthority ca = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
    return ca.certificate();
  }

  private static CaGeneration generation(
      int number, X509Certificate root, GenerationMilestones milestones) {
    return new CaGeneration(number, root, Optional.empty(), milestones);
  }

  private static GenerationMilestones signing(X509Certificate... distrusted) {
    Set<Fingerprint> all = new java.util.HashSet<>();
    Arrays.stream(distrusted).map(Fingerprint::of).forEach(all::add);
    return GenerationMilestones.none().with(it -> it.signingSince(NOW).distrusts(all));
  }

  private static CaGenerations generations(X509Certificate... roots) {
    return new CaGenerations(
        java.util.stream.IntStream.range(0, roots.length)
            .mapToObj(i -> generation(i + 1, roots[i], signing()))
            .toList());
  }

  /** Its second generation signs, and distrusts the first, which is still there. */
  private static CaGenerations distrusting() {
    return new CaGenerations(List.of(generation(1, A1, signing()), generation(2, A2, signing(A1))));
  }

  /** The same, later: the Secret of the distrusted one is deleted. */
  private static CaGenerations distrusted() {
    return new CaGenerations(List.of(generation(2, A2, signing(A1))));
  }

  private static Named there(CAName ca, CaGenerations generations, X509Certificate... additional) {
    return new Named(ca, generations, Access.GRANTED, Optional.of(List.of(additional)));
  }

  private static Named missing(CAName ca) {
    return new Named(ca, CaGenerations.none(), Access.DENIED, Optional.empty());
  }

  private static Named unread(CAName ca, CaGenerations generations) {
    return new Named(ca, generations, Access.GRANTED, Optional.empty());
  }

  private Trust trust(SecretState state, Named... named) {
    return trust(NOW, TrustAssembly.Spec.OBSERVED, state, named);
  }

  private Trust trust(Instant now, TrustAssembly.Spec spec, SecretState state, Named... named) {
    return TrustAssembly.of(
        List.of(named),
        Optional.empty(),
        state,
        spec,
        ca -> liveGenerations.getOrDefault(ca, CaGenerations.none()),
        some -> some.isEmpty() ? "" : Pem.write(some),
        now);
  }

  private static SecretState.Managed state(@Nullable Trust written, X509Certificate... bundle) {
    return new SecretState.Managed(
        SecretState.Integrity.AS_REPORTED,
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
        Optional.empty(),
        "");
  }

  /** The same, beside a truststore that could not be encoded, and so holds others. */
  private static SecretState.Managed behind(
      SecretState.Managed ours, X509Certificate... truststore) {
    return new SecretState.Managed(
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
                .collect(java.util.stream.Collectors.toSet())),
        "");
  }

  private SecretState stateOf(Named... named) {
    return state(trust(new SecretState.Absent(), named));
  }

  @Test
  void shouldTrustAllThatItsCAsGive() {
    Trust trust =
        trust(
            new SecretState.Absent(),
            there(A, generations(A1, A2), PARTNER),
            there(B, generations(B1), BANK, PARTNER));

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
    SecretState before =
        stateOf(there(A, generations(A1), PARTNER), there(B, generations(B1), BANK));

    Trust trust = trust(before, there(A, generations(A1, A2)), missing(B));

    assertThat(trust.certificates()).containsExactlyInAnyOrder(A1, A2, B1, BANK);
  }

  @Test
  void shouldKeepTheOthersWhereOneCannotBeRead() {
    // given: an earlier version took what the bounds of today refuse
    SecretState.Managed written =
        (SecretState.Managed)
            stateOf(there(A, generations(A1), PARTNER), there(B, generations(B1)));
    String unreadable = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    SecretState before =
        new SecretState.Managed(
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
            Optional.empty(),
            "");

    // then: what is of whom goes by its place
    assertThat(trust(before, missing(A), missing(B)).certificates()).containsExactly(B1, PARTNER);
    CaGenerations distrusting =
        new CaGenerations(
            List.of(
                generation(
                    2,
                    A2,
                    GenerationMilestones.none()
                        .with(
                            it -> it.signingSince(NOW).distrusts(Pem.fingerprints(unreadable))))));
    assertThat(trust(before, there(A, distrusting, PARTNER), missing(B)).withdrawn())
        .isEqualTo(Pem.fingerprints(unreadable));
  }

  /** Somebody changed what was noted on its second generation. */
  private static CaGenerations unproven(X509Certificate... distrusted) {
    CaGeneration second = generation(2, A2, signing());
    return new CaGenerations(
        List.of(generation(1, A1, signing(distrusted))),
        List.of(
            new Suspect(
                2,
                second.fingerprint(),
                Optional.of(second),
                "a-ca-2",
                Suspect.Kind.TAMPERED,
                "what was found")));
  }

  @Test
  void shouldKeepWhatACAGaveThatCannotBeProven() {
    SecretState before = stateOf(there(A, generations(A1, A2), PARTNER), there(B, generations(B1)));

    for (CaGenerations generations : List.of(unproven(), unproven(BANK))) {
      Trust trust = trust(before, there(A, generations, PARTNER), there(B, generations(B1)));

      assertThat(trust.certificates()).containsExactlyInAnyOrder(A1, A2, B1, PARTNER);
      assertThat(trust.withdrawn()).isEmpty();
    }
    // also where the edited reference leads nowhere
    liveGenerations.put(A, unproven());
    liveGenerations.put(B, generations(B1));
    assertThat(trust(before, missing(new CAName("shop", "typo"))).certificates())
        .contains(A1, A2, B1);
  }

  @Test
  void shouldKeepNothingThatIsDistrusted() {
    SecretState before = stateOf(there(A, generations(A1)), there(B, generations(B1)));

    for (CaGenerations generations : List.of(distrusting(), distrusted())) {
      Trust trust = trust(before, there(A, generations), missing(B));

      assertThat(trust.certificates()).containsExactly(A2, B1);
      assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
    }
  }

  @Test
  void shouldKeepNothingThatIsDistrustedWhereNothingTellsWhatIsFromWhom() {
    SecretState before = state(null, A1, B1, PARTNER);

    Trust trust = trust(before, there(A, distrusted()), missing(B));

    assertThat(trust.certificates()).containsExactly(A2, B1, PARTNER);
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
    // what is not known now is not known better the next time
    assertThat(trust.sources().isKnown()).isFalse();
  }

  @Test
  void shouldKeepWhatItHoldsWhereAllHasLeftAndNothingIsDistrusted() {
    // however that came about: nobody says that it must go
    CaGenerations nobody =
        new CaGenerations(
            List.of(generation(1, A1, GenerationMilestones.none().with(it -> it.retires(9)))));

    assertThat(trust(stateOf(there(A, generations(A1))), there(A, nobody)).certificates())
        .containsExactly(A1);
  }

  @Test
  void shouldTrustNobodyWhereAllIsDistrusted() {
    CaGenerations nobody = new CaGenerations(List.of(generation(1, A1, signing(A1))));

    Trust trust = trust(stateOf(there(A, generations(A1))), there(A, nobody));

    assertThat(trust.certificates()).isEmpty();
    assertThat(trust.isKnown()).isTrue();
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
  }

  @Test
  void shouldNotTrustOnAccountOfAnotherWhatOneDistrusts() {
    // by an entry of its own, and kept of one that is missing
    SecretState before = stateOf(there(A, generations(A1)), there(B, generations(B1), A1));

    assertThat(trust(before, there(A, distrusted()), there(B, generations(B1), A1)).certificates())
        .containsExactly(A2, B1);
    assertThat(trust(before, there(A, distrusted()), missing(B)).certificates())
        .containsExactly(A2, B1);
    // who does not name the first asks only the second
    assertThat(trust(before, there(B, generations(B1), A1)).certificates()).contains(A1);
  }

  @Test
  void shouldLeaveToACAItsOwnGenerations() {
    assertThat(
            trust(
                    stateOf(there(A, generations(A1)), there(B, generations(A1))),
                    there(A, distrusted()),
                    there(B, generations(A1)))
                .certificates())
        .containsExactly(A2, A1);
  }

  @Test
  void shouldKeepNothingOfWhomTheSpecDoesNotName() {
    SecretState before = stateOf(there(A, generations(A1), PARTNER), there(B, generations(B1)));
    liveGenerations.put(A, generations(A1));

    Trust trust = trust(before, missing(B));

    assertThat(trust.certificates()).containsExactly(B1);
    assertThat(trust.removal()).isEqualTo(Reissue.Immediately);
  }

  @Test
  void shouldWithdrawWhatASpecDoesNotAskForAnyMore() {
    SecretState before =
        stateOf(there(A, generations(A1, A2), PARTNER, BANK), there(B, generations(B1)));

    // an entry of additionalTrust, and a CA
    assertThat(
            trust(before, there(A, generations(A1, A2), PARTNER), there(B, generations(B1)))
                .withdrawn())
        .containsExactly(Fingerprint.of(BANK));
    assertThat(trust(before, there(A, generations(A1, A2), PARTNER, BANK)).withdrawn())
        .containsExactly(Fingerprint.of(B1));

    // what is retired can wait, as can what has expired: nobody asked for it to leave
    CaGenerations retired =
        new CaGenerations(
            List.of(
                generation(1, A1, signing()),
                generation(
                    2,
                    A2,
                    GenerationMilestones.none().with(it -> it.signingSince(NOW).retires(1)))));
    assertThat(
            trust(before, there(A, retired, PARTNER, BANK), there(B, generations(B1))).withdrawn())
        .isEmpty();
    assertThat(
            trust(
                    NOW.plus(java.time.Duration.ofDays(5000)),
                    TrustAssembly.Spec.OBSERVED,
                    before,
                    there(A, generations(A1, A2), PARTNER),
                    there(B, generations(B1)))
                .withdrawn())
        .isEmpty();
    // one that is missing keeps its own
    assertThat(trust(before, missing(A), there(B, generations(B1))).withdrawn()).isEmpty();
  }

  @Test
  void shouldTakeOutAtOnceWhatAnEditOfABundleWithoutSourcesDoesNotName() {
    // given: an earlier version wrote it
    SecretState before = state(null, A1, A2, B1);
    CaGenerations retired =
        new CaGenerations(
            List.of(
                generation(1, A1, signing()),
                generation(
                    2,
                    A2,
                    GenerationMilestones.none().with(it -> it.signingSince(NOW).retires(1)))));

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
    SecretState.Managed written = state(trust(new SecretState.Absent(), there(A, generations(A2))));
    SecretState behind = behind(written, A1);

    // then: that alone is no reason to write
    assertThat(trust(behind, there(A, generations(A2))).withdrawn()).isEmpty();
    for (CaGenerations generations : List.of(distrusting(), distrusted())) {
      Trust trust = trust(behind, there(A, generations));
      assertThat(trust.certificates()).containsExactly(A2);
      assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
      // once it is purged
      assertThat(trust(state(trust), there(A, generations)).withdrawn()).isEmpty();
    }
  }

  @Test
  void shouldTakeAnEditThatLeavesNobodyForAMistake() {
    SecretState before = stateOf(there(A, generations(A1), PARTNER));
    liveGenerations.put(A, generations(A1, A2));

    Trust trust = trust(before, missing(B));

    assertThat(trust.certificates()).containsExactly(A1);
    assertThat(trust.sources().cas()).containsExactly(A);

    // as long as its own CA trusts it
    liveGenerations.put(A, distrusted());
    Trust later = trust(state(trust), missing(B));
    assertThat(later.certificates()).isEmpty();
    assertThat(later.withdrawn()).containsExactly(Fingerprint.of(A1));
    liveGenerations.remove(A);
    assertThat(trust(state(trust), missing(B)).certificates()).isEmpty();
  }

  @Test
  void shouldKeepTheAdditionalOnesOfACAThatWasNotReadYet() {
    SecretState before =
        stateOf(there(A, generations(A1), PARTNER), there(B, generations(B1), BANK));

    Trust trust = trust(before, unread(A, generations(A1)), there(B, generations(B1)));

    assertThat(trust.certificates()).containsExactly(A1, B1, PARTNER);
  }

  @Test
  void shouldTakeOutWhatACAWithoutAKeyDoesNotAskForAnyMore() {
    SecretState before = stateOf(there(A, generations(A1), PARTNER));

    assertThat(trust(before, there(A, CaGenerations.none())).certificates()).containsExactly(A1);
  }

  @Test
  void shouldRememberTheRootOfADistrustedIntermediate() {
    // given: it was imported, and its Secret is gone
    CaGeneration imported =
        new CaGeneration(
            2, CaPath.root(A2), Optional.empty(), Optional.of("imported"), signing(BANK));
    SecretState before = stateOf(there(A, generations(A1)));

    Trust trust = trust(before, there(A, new CaGenerations(List.of(imported))));

    assertThat(trust.certificates()).containsExactly(A2);
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
  }

  @Test
  void shouldWithdrawWhatAPersonDistrustsThoughOthersCannotBeProven() {
    // given: both were tampered with, and status alone remembers
    CaGenerations both =
        new CaGenerations(
            List.of(), List.of(tampered(1, CaPath.root(A1)), tampered(2, CaPath.root(A2))));
    SecretState before = stateOf(there(A, generations(A1, A2), PARTNER), there(B, generations(B1)));

    Trust trust =
        trust(
            before,
            there(A, both.remembering(new History(Set.of(Fingerprint.of(A1)), 0, 2)), PARTNER),
            there(B, generations(B1)));

    assertThat(trust.certificates()).containsExactlyInAnyOrder(A2, B1, PARTNER);
    assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(A1));
  }

  @Test
  void shouldWithdrawTheRootOfADistrustedIntermediateThatWasTamperedWith() {
    // given: the only one of its CA; and none of the references tells which is from whom
    CertificateAuthority root = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
    CaPath stolen =
        new CaPath(
            root.crossSign(A1, NameConstraintsExtension.none()), List.of(), root.certificate());
    CaGenerations left =
        new CaGenerations(List.of(), List.of(tampered(1, stolen)))
            .remembering(new History(Set.of(Fingerprint.of(stolen.certificate())), 0, 1));

    for (SecretState before :
        List.of(
            stateOf(there(A, generations(root.certificate())), there(B, generations(B1))),
            state(null, root.certificate(), B1))) {
      Trust trust = trust(before, there(A, left), there(B, generations(B1)));

      assertThat(trust.certificates()).containsExactly(B1);
      assertThat(trust.withdrawn()).containsExactly(Fingerprint.of(root.certificate()));
    }
    // also where the edited reference leads nowhere
    liveGenerations.put(A, left);
    assertThat(
            trust(
                    stateOf(there(A, generations(root.certificate()))),
                    missing(new CAName("shop", "typo")))
                .certificates())
        .isEmpty();
  }

  private static Suspect tampered(int number, CaPath path) {
    return new Suspect(
        number,
        Fingerprint.of(path.certificate()),
        Optional.of(
            new CaGeneration(
                number, path, Optional.empty(), Optional.empty(), GenerationMilestones.none())),
        "a-ca-" + number,
        Suspect.Kind.TAMPERED,
        "what was found");
  }

  @Test
  void shouldBelieveNoBundleThatWasTamperedWith() {
    SecretState.Managed ours = state(null, A1, PARTNER);
    SecretState tampered =
        aManagedSecret(it -> it.integrity(SecretState.Integrity.TAMPERED).trust(ours.trust()));

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

  @Test
  void shouldNotOutgrowTheSecretByWhatSeveralRootCAsBring() {
    // given: each brings more than half of what fits
    X509Certificate[] many = bundle(PARTNER);
    X509Certificate[] more = bundle(BANK);

    // when
    Trust trust =
        trust(state(null), there(A, generations(A1), many), there(B, generations(B1), more));

    // then: its own CAs are there, the rest is counted
    assertThat(trust.certificates()).contains(A1, B1).contains(many);
    assertThat(trust.leftOut().unfitting()).containsOnlyKeys(B);
    assertThat(trust.certificates())
        .hasSize(2 + many.length + more.length - trust.leftOut().unfitting().get(B));
    assertThat(trust.certificates().stream().mapToLong(Pem::size).sum())
        .isLessThanOrEqualTo(AdditionalRoom.MOST + Pem.size(A1) + Pem.size(B1));

    // and what was held by then stays, whoever grows
    Trust later =
        trust(
            state(trust, trust.certificates().toArray(X509Certificate[]::new)),
            there(A, generations(A1), Stream.of(many).skip(1).toArray(X509Certificate[]::new)),
            there(B, generations(B1), more));
    assertThat(later.certificates())
        .containsAll(trust.certificates().stream().filter(c -> !c.equals(many[0])).toList());
  }

  private static X509Certificate[] bundle(X509Certificate like) {
    return Stream.generate(TrustAssemblyTest::root)
        .limit(AdditionalRoom.MOST * 3 / 5 / Pem.size(like))
        .toArray(X509Certificate[]::new);
  }
}
