package dev.mtlsoperator.secret.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CaOffer;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.leaf.AdditionalRoom;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the entries of {@code additionalTrust} bring, and what one keeps that cannot be read. */
final class AdditionalCertificatesTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final X509Certificate PARTNER = root();
  private static final X509Certificate BANK = root();
  private static final X509Certificate OWN = root();
  private static final AdditionalTrust P1 = map("p1");
  private static final AdditionalTrust P2 = map("p2");
  private static final DesiredCertificate MADE = RootCAFixture.desired(aRootCA());
  private static final Seal SEAL = new Seal(new byte[32]);

  private final Map<String, String> maps = new HashMap<>();
  private final Map<String, String> secrets = new HashMap<>();

  private static X509Certificate root() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate();
  }

  private static AdditionalTrust map(String name) {
    return new AdditionalTrust(null, new TrustInputRef(name, "ca.crt"), null);
  }

  private AdditionalCertificates.Gathered gather(
      AdditionalEntries former, AdditionalTrust... entries) {
    return gather(MADE, former, entries);
  }

  private AdditionalCertificates.Gathered gather(
      DesiredCertificate desired, AdditionalEntries former, AdditionalTrust... entries) {
    return AdditionalCertificates.gather(
        List.of(entries), desired, inputs(maps, secrets), former, NOW);
  }

  private static AdditionalCertificates.Inputs inputs(
      Map<String, String> maps, Map<String, String> secrets) {
    return new AdditionalCertificates.Inputs() {
      @Override
      public Optional<SuppliedFile> map(TrustInputRef ref) {
        return Optional.ofNullable(maps.get(ref.name())).map(SuppliedFile::of);
      }

      @Override
      public Optional<SuppliedFile> secret(TrustInputRef ref) {
        return Optional.ofNullable(secrets.get(ref.name())).map(SuppliedFile::of);
      }
    };
  }

  private AdditionalEntries bothRead() {
    maps.put("p1", Pem.write(PARTNER));
    maps.put("p2", Pem.write(BANK));
    AdditionalCertificates.Gathered both = gather(AdditionalEntries.none(), P1, P2);
    assertThat(both.missing()).isEmpty();
    assertThat(both.leftOut()).isEmpty();
    assertThat(both.entries().certificates()).containsExactlyInAnyOrder(PARTNER, BANK);
    return both.entries();
  }

  @Test
  void shouldKeepOnlyItsOwnForAnEntryThatCannotBeRead() {
    // given
    AdditionalEntries before = bothRead();
    maps.remove("p2");

    // then: the other one is read, changed, or taken out
    AdditionalCertificates.Gathered missing = gather(before, P1, P2);
    assertThat(missing.missing().map(Finding::reason)).contains(Reason.InputNotAvailable);
    assertThat(missing.entries()).isEqualTo(before);
    maps.put("p1", Pem.write(OWN));
    assertThat(gather(before, P1, P2).entries().certificates())
        .containsExactlyInAnyOrder(OWN, BANK);
    assertThat(gather(before, P2).entries().certificates()).containsExactly(BANK);
    maps.put("p2", "no PEM");
    assertThat(gather(before, P2).missing()).isEmpty();
    assertThat(gather(before, P2).leftOut())
        .containsExactly(
            "additionalTrust, ConfigMap 'p2', key 'ca.crt': there is no certificate in the PEM text: it is text without a line -----BEGIN …-----; what this entry brought before stays trusted");
    assertThat(gather(before, P2).entries().certificates()).containsExactly(BANK);
    assertThat(gather(before).entries().certificates()).isEmpty();
    // the same name in another kind of object is another entry
    assertThat(
            gather(before, new AdditionalTrust(null, null, new TrustInputRef("p2", "ca.crt")))
                .entries()
                .certificates())
        .isEmpty();
  }

  @Test
  void shouldLeaveOutOnlyTheCertificateThatCannotBeUsed() {
    // given: one that is no certificate
    String garbage = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    maps.put("p1", Pem.write(PARTNER) + garbage + Pem.write(BANK));

    // when
    AdditionalCertificates.Gathered gathered = gather(AdditionalEntries.none(), P1);

    // then
    assertThat(gathered.entries().certificates()).containsExactlyInAnyOrder(PARTNER, BANK);
    assertThat(gathered.missing()).isEmpty();
    assertThat(gathered.leftOut())
        .singleElement()
        .asString()
        .startsWith(
            "additionalTrust, ConfigMap 'p1', key 'ca.crt', certificate 2 of 3, is left out: ");
    // none of which is left: the entry keeps what it brought
    maps.put("p1", garbage);
    assertThat(gather(gathered.entries(), P1).entries()).isEqualTo(gathered.entries());
  }

  @Test
  void shouldLetNoEntryThatGrowsTakeAwayTheRoomOfAnother() {
    // given
    List<X509Certificate> many = new ArrayList<>();
    int left = AdditionalRoom.MOST;
    for (X509Certificate one = root(); left >= Pem.size(one); one = root()) {
      many.add(one);
      left -= Pem.size(one);
    }
    int most = many.size();
    maps.put("p1", Pem.write(many.subList(0, 50)));
    maps.put("p2", Pem.write(many.subList(50, most)));
    AdditionalEntries before = gather(AdditionalEntries.none(), P1, P2).entries();
    assertThat(before.certificates()).hasSize(most).hasSizeGreaterThan(400);
    String note = before.note("uid", before.certificates());
    assertThat(
            AdditionalEntries.parse(
                Optional.of(note),
                "uid",
                before.certificates().stream().map(Optional::of).toList()))
        .isEqualTo(before);

    // when
    maps.put("p1", Pem.write(many.subList(0, 50)) + Pem.write(PARTNER));
    AdditionalCertificates.Gathered grown = gather(before, P1, P2);

    // then
    assertThat(grown.leftOut())
        .singleElement()
        .asString()
        .contains("ConfigMap 'p1', key 'ca.crt' does not fit", "more than 384 KiB of certificates");
    assertThat(grown.entries()).isEqualTo(before);

    // when: one makes room, and one that is not there needs its own
    maps.put("p2", Pem.write(many.subList(50, most - 1)));
    assertThat(gather(before, P1, P2).leftOut()).isEmpty();
    maps.remove("p2");
    assertThat(gather(before, P1, P2).entries().certificates()).hasSize(most);
  }

  @Test
  void shouldLeaveOutWhatHasExpiredAndWhatTheCADistrusts() {
    AdditionalEntries before = bothRead();
    CaGeneration distrusting =
        new CaGeneration(
            2,
            OWN,
            Optional.empty(),
            GenerationMilestones.none().with(it -> it.distrusts(Set.of(Fingerprint.of(PARTNER)))));

    assertThat(before.beside(new CaGenerations(List.of(distrusting))).certificates())
        .containsExactly(BANK);
    assertThat(
            AdditionalCertificates.gather(
                    List.of(P1),
                    MADE,
                    inputs(Map.of(), Map.of()),
                    before,
                    NOW.plus(Duration.ofDays(5000)))
                .entries()
                .certificates())
        .isEmpty();
  }

  @Test
  void shouldBeReadFromTheTrustConfigMapOfThatVeryRootCA() {
    // given
    RootCA ca = aRootCA();
    AdditionalEntries entries = bothRead();
    ConfigMap map =
        TrustConfigMap.of(ca, new TrustContent(new TreeMap<>(Map.of(1, OWN)), entries), SEAL);
    assertThat(TrustConfigMap.entries(ca, map, SEAL)).isEqualTo(entries);

    // then: not by another one of that name
    RootCA another = aRootCA();
    another.getMetadata().setUid("another");
    assertThat(TrustConfigMap.entries(another, map, SEAL)).isEqualTo(AdditionalEntries.none());

    // nor where somebody else wrote the note, or the certificates
    String note = map.getMetadata().getAnnotations().get(Keys.ADDITIONAL_ENTRIES);
    for (ConfigMap forged :
        List.of(
            noted(map, note.replace("=0", "=9").replace("=1", "=0").replace("=9", "=1")),
            map.edit()
                .editMetadata()
                .removeFromAnnotations(Keys.ADDITIONAL_ENTRIES)
                .endMetadata()
                .build(),
            map.edit().addToData("ca.crt", Pem.write(List.of(BANK, PARTNER))).build())) {
      assertThat(TrustConfigMap.entries(ca, forged, SEAL)).isEqualTo(AdditionalEntries.none());
    }
  }

  @Test
  void shouldKeepAllForAnEntryThatCannotBeReadWhereNoNoteTellsWhichBroughtWhat() {
    // given: as it was written before there was a note
    RootCA ca = aRootCA();
    bothRead();
    ConfigMap map =
        TrustConfigMap.of(
            ca, new TrustContent(new TreeMap<>(Map.of(1, OWN)), List.of(PARTNER, BANK)), SEAL);
    assertThat(map.getMetadata().getAnnotations()).doesNotContainKey(Keys.ADDITIONAL_ENTRIES);
    // it is to outlive its RootCA, and has no owner: only the status tells whose it is
    assertThat(TrustConfigMap.entries(ca, map, SEAL)).isEqualTo(AdditionalEntries.none());
    ca.setStatus(reporting(map.getMetadata().getAnnotations().get(Keys.ADDITIONAL_TRUST)));
    AdditionalEntries before = TrustConfigMap.entries(ca, map, SEAL);

    // then: once; what is read is known from then on
    assertThat(gather(before, P1).entries().certificates()).containsExactly(PARTNER);
    maps.remove("p2");
    AdditionalEntries once = gather(before, P1, P2).entries();
    assertThat(once.certificates()).containsExactlyInAnyOrder(PARTNER, BANK);
    assertThat(once.unattributed()).isEmpty();
    assertThat(gather(once, map("another")).entries().certificates()).isEmpty();

    // nothing of it is another one's
    RootCA another = aRootCA();
    another.getMetadata().setUid("another");
    assertThat(TrustConfigMap.entries(another, map, SEAL)).isEqualTo(AdditionalEntries.none());
  }

  private static RootCAStatus reporting(String additionalTrustDigest) {
    return new RootCAStatus(
        1L, List.of(), null, List.of(), null, null, additionalTrustDigest, null, null, null, null);
  }

  private static ConfigMap noted(ConfigMap map, String note) {
    return map.edit()
        .editMetadata()
        .addToAnnotations(Keys.ADDITIONAL_ENTRIES, note)
        .endMetadata()
        .build();
  }

  // ---- whole bundles; what others put into them

  @Test
  void shouldJudgeEachCertificateOfABundleByItself() {
    // given: a root of version 1, an expired one, a leaf, another block, and one twice
    MalformedCertificate.Pair past =
        MalformedCertificate.root(it -> it.expired(NOW.minus(Duration.ofDays(1))));
    MalformedCertificate.Pair leaf = MalformedCertificate.leaf(past, it -> {});
    X509Certificate first = MalformedCertificate.ofVersion1("CN=first", "CN=first");
    X509Certificate signed = MalformedCertificate.ofVersion1("CN=below", "CN=first");
    maps.put(
        "p1",
        Pem.write(
                List.of(
                    PARTNER, first, signed, past.certificate(), leaf.certificate(), PARTNER, BANK))
            + Pem.block("X509 CRL", new byte[] {0x30, 0}));

    // when
    AdditionalCertificates.Gathered gathered = gather(AdditionalEntries.none(), P1);

    // then
    assertThat(gathered.entries().certificates()).containsExactlyInAnyOrder(PARTNER, first, BANK);
    assertThat(gathered.missing()).isEmpty();
    String place = "additionalTrust, ConfigMap 'p1', key 'ca.crt'";
    assertThat(gathered.leftOut())
        .hasSize(4)
        .anyMatch(
            why ->
                why.startsWith(place + ", certificate 3 of 8, is left out: ")
                    && why.contains("'CN=below' is not a CA's: it is of X.509 version 1"))
        .anyMatch(
            why ->
                why.contains("certificate 5 of 8, is left out: ") && why.contains("is not a CA's"))
        .anyMatch(
            why ->
                why.contains(
                    "certificate 8 of 8, is left out: it is a certificate revocation list"))
        .anyMatch(why -> why.startsWith(place + ": 'CN=root' is left out: it expired on"));
  }

  @Test
  void shouldTakeAsManyAsThereArePublicCAs() {
    List<X509Certificate> all = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      all.add(root());
    }
    maps.put("p1", Pem.write(all));

    AdditionalCertificates.Gathered gathered = gather(AdditionalEntries.none(), P1);

    assertThat(gathered.entries().certificates()).containsExactlyInAnyOrderElementsOf(all);
    assertThat(gathered.leftOut()).isEmpty();
  }

  @Test
  void shouldNameOnlySomeOfManyThatCannotBeUsed() {
    maps.put("p1", Pem.write(PARTNER) + Pem.block("CERTIFICATE", new byte[] {0x30, 0}).repeat(90));

    assertThat(gather(AdditionalEntries.none(), P1).leftOut())
        .hasSize(5)
        .last()
        .asString()
        .endsWith("86 more are left out");
  }

  @Test
  void shouldTellNothingOfASecretButOfCertificates() throws Exception {
    String der = Base64.getEncoder().encodeToString(PARTNER.getEncoded());
    String key = TestKeys.of(TestKeys.P256).revealPem(PrivateKeyFormat.PKCS8);
    AdditionalTrust secret = new AdditionalTrust(null, null, new TrustInputRef("s", "ca.crt"));

    for (String text :
        List.of(
            "swordfish",
            key,
            Pem.write(PARTNER) + key,
            "",
            Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8)))) {
      secrets.put("s", text);
      assertThat(gather(AdditionalEntries.none(), secret).leftOut())
          .containsExactly(
              "additionalTrust, Secret 's', key 'ca.crt': it must hold CA certificates in PEM and nothing else");
    }
    secrets.put("s", der);
    assertThat(gather(AdditionalEntries.none(), secret).leftOut())
        .singleElement()
        .asString()
        .contains("it is base64 of a certificate in DER", "openssl x509 -inform DER");
    secrets.put("s", "# ----- a title -----\n" + Pem.write(PARTNER));
    assertThat(gather(AdditionalEntries.none(), secret).entries().certificates())
        .containsExactly(PARTNER);
  }

  @Test
  void shouldKeepWhatAnImportBringsWhileItCannotBeRead() {
    // given
    DesiredCertificate wanted =
        new DesiredCertificate.Import(
            "input",
            new CaOffer(CaPath.root(OWN), List.of(PARTNER), List.of("a"), List.of(), Set.of(OWN)));
    DesiredCertificate unusable =
        new DesiredCertificate.Unusable("input", new Finding(Reason.InvalidInput, "?"));

    // when
    AdditionalCertificates.Gathered gathered = gather(wanted, AdditionalEntries.none());

    // then
    assertThat(gathered.entries().certificates()).containsExactly(PARTNER);
    assertThat(gathered.leftOut()).containsExactly("import, Secret 'input': a");
    AdditionalEntries before = gathered.entries();
    assertThat(gather(unusable, before).entries().certificates()).containsExactly(PARTNER);
    assertThat(
            gather(new DesiredCertificate.Import("input", CaPath.root(OWN)), before)
                .entries()
                .certificates())
        .isEmpty();
    assertThat(gather(MADE, before).entries().certificates()).isEmpty();
    // nothing that a former release did not attribute is taken for its own
    assertThat(
            gather(unusable, AdditionalEntries.unattributed(List.of(BANK)))
                .entries()
                .certificates())
        .isEmpty();
  }

  @Test
  void shouldReadOnlyItsOwnNotes() {
    AdditionalEntries entries = bothRead();
    List<X509Certificate> certificates = entries.certificates();
    String note = entries.note("uid", certificates);

    List<Optional<X509Certificate>> read = certificates.stream().map(Optional::of).toList();
    assertThat(AdditionalEntries.parse(Optional.of(note), "uid", read)).isEqualTo(entries);
    assertThat(new AdditionalEntries(Collections.emptySortedMap()).note("uid", certificates))
        .isEmpty();
    for (String garbled :
        List.of("", "uid", note + ";", note + ";x=1", note.replace('=', ':'), "other" + note)) {
      assertThat(AdditionalEntries.parse(Optional.of(garbled), "uid", read))
          .isEqualTo(AdditionalEntries.none());
    }
  }
}
