package dev.mtlsoperator.reconcile.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.leaf.ServerCertSpec;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/** Who holds a copy of a CA's bundle, and whom a rotation waits for. */
final class DistributionTrackerTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final CertificateAuthority FIRST = authority();
  private static final CertificateAuthority SECOND = authority();
  private static final CertificateAuthority OTHER = authority();
  private static final CaGenerations LINEAGE =
      new CaGenerations(List.of(generation(1, FIRST), generation(2, SECOND)));

  /** Of the namespace {@code shop}; it lets {@code bank} in. */
  private static final RootCA CA =
      Serialization.unmarshal(
          """
          apiVersion: mtls-operator.dev/v1alpha1
          kind: RootCA
          metadata: {name: root, namespace: shop, uid: uid-of-root}
          spec:
            commonName: root
            allowedNamespaces: {from: Selector, selector: {matchLabels: {name: bank}}}
            policy: {dnsNames: ["*.example.org"], maxDuration: 100d}
          """,
          RootCA.class);

  private final Set<String> going = new HashSet<>();
  private final WrittenTrust given = new WrittenTrust();
  private final LeafAttempts attempts = new LeafAttempts();
  private final DistributionTracker counting =
      new DistributionTracker(
          CA,
          LINEAGE,
          List.of(),
          new Admission(
              WatchScope.all(),
              namespace -> Optional.of(Map.of("name", namespace)),
              namespace -> going.contains(namespace)),
          SEAL,
          given,
          attempts,
          NOW);

  private static CertificateAuthority authority() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  }

  private static CaGeneration generation(int number, CertificateAuthority ca) {
    return new CaGeneration(
        number, ca.certificate(), Optional.empty(), GenerationMilestones.none());
  }

  private static ServerCert leaf(String namespace, String references) {
    ServerCert leaf =
        Serialization.unmarshal(
            "apiVersion: mtls-operator.dev/v1alpha1\nkind: ServerCert\n"
                + "metadata: {name: web, uid: uid-of-web, namespace: "
                + namespace
                + "}\nspec:\n  dnsNames: [web.example.org]\n  duration: 90d\n"
                + references,
            ServerCert.class);
    assertThat(leaf.referredCAs()).isNotEmpty();
    return leaf;
  }

  private static ServerCert foreign(String namespace) {
    ServerCert leaf = leaf(namespace, "  rootCARef: {name: root, namespace: shop}\n");
    assertThat(leaf.signingCA()).isEqualTo(new CAName("shop", "root"));
    return leaf;
  }

  private static Secret secret(
      ServerCert leaf, CertificateAuthority signer, CertificateAuthority... trusted) {
    return secret(leaf, List.of(new CAName("shop", "root")), signer, trusted);
  }

  private static Secret secret(
      ServerCert leaf,
      List<CAName> admittedBy,
      CertificateAuthority signer,
      CertificateAuthority... trusted) {
    KeyMaterial key = KeyMaterial.generate(CertificateTemplate.of(leaf).key());
    X509Certificate certificate =
        signer.issue(CertificateTemplate.of(aServerCert()).request(NOW, null), key.publicKey());
    TreeMap<String, byte[]> files = new TreeMap<>();
    files.put(Keys.TLS_CRT, Pem.write(certificate).getBytes(StandardCharsets.UTF_8));
    files.put(Keys.TLS_KEY, new byte[] {1});
    StringBuilder bundle = new StringBuilder();
    for (CertificateAuthority ca : trusted) {
      bundle.append(Pem.write(ca.certificate()));
    }
    files.put(Keys.CA_CRT, bundle.toString().getBytes(StandardCharsets.UTF_8));
    return LeafSecret.of(
            leaf,
            files,
            new LeafSecret.Notes(
                1,
                1,
                "",
                "",
                new TreeSet<>(admittedBy),
                TrustSources.unknown(),
                null,
                Optional.empty(),
                ""),
            null,
            NOW,
            SEAL)
        .edit()
        .editMetadata()
        .addToAnnotations(Keys.TRUST_SINCE, NOW.toString())
        .endMetadata()
        .build();
  }

  private DistributionState count(ServerCert leaf, Secret secret) {
    counting.add(leaf, secret);
    return counting.copies(Evidence.FRESH);
  }

  private Copy only(ServerCert leaf, Secret secret) {
    DistributionState copies = count(leaf, secret);
    assertThat(copies.all()).hasSize(1);
    return copies.all().get(0);
  }

  @Test
  void shouldWaitForALeafThatTrustsItsSigner() {
    ServerCert leaf = leaf("shop", "  rootCARef: {name: root}\n");

    Copy copy = only(leaf, secret(leaf, FIRST, FIRST));

    assertThat(copy.trusts()).containsExactly(1);
    assertThat(copy.signedBy()).hasValue(1);
    assertThat(copy.trustSince()).contains(NOW);
  }

  @Test
  void shouldNotWaitForTheTrustOfALeafThatTrustsOthers() {
    ServerCert leaf = leaf("shop", "  rootCARef: {name: root}\n  trustedCARefs: [{name: other}]\n");

    Copy copy = only(leaf, secret(leaf, FIRST, OTHER));

    assertThat(copy.trusts()).containsExactlyInAnyOrder(1, 2);
    assertThat(copy.signedBy()).hasValue(1);
    assertThat(copy.surplus()).isFalse();
  }

  @Test
  void shouldWaitForALeafThatOthersSignAndThatTrustsSeveral() {
    ServerCert leaf =
        leaf(
            "shop", "  rootCARef: {name: other}\n  trustedCARefs: [{name: other}, {name: root}]\n");

    Copy copy = only(leaf, secret(leaf, OTHER, OTHER, FIRST));

    assertThat(copy.trusts()).containsExactly(1);
    assertThat(copy.signedBy()).isEmpty();
    assertThat(copy.surplus()).isFalse();
  }

  @Test
  void shouldCountWhoIsLetInOrWasLetIn() {
    ServerCert letIn = foreign("bank");
    ServerCert gone = foreign("gone");
    counting.add(letIn, secret(letIn, FIRST, FIRST));
    counting.add(gone, secret(gone, FIRST, FIRST));

    assertThat(counting.copies(Evidence.FRESH).all())
        .extracting(Copy::name)
        .containsExactly("ServerCert 'bank/web'", "ServerCert 'gone/web'");
    // each waits for its own changes alone
    assertThat(counting.copies(Evidence.FRESH).all())
        .allSatisfy(copy -> assertThat(copy.trustSince()).isEmpty());
  }

  @Test
  void shouldNotWaitForWhatGoesWithItsNamespace() {
    ServerCert leaf = foreign("bank");
    going.addAll(List.of("bank", "shop"));

    DistributionState copies = count(leaf, secret(leaf, FIRST, FIRST));

    assertThat(copies.all()).isEmpty();
    assertThat(copies.excused())
        .containsExactly("ServerCert 'bank/web' goes: its namespace is being deleted");
  }

  @Test
  void shouldCountTheCertificateOfALeafThatRefersToOthersNow() {
    ServerCert leaf = leaf("shop", "  rootCARef: {name: nowhere}\n");

    Copy copy = only(leaf, secret(leaf, FIRST, FIRST));

    assertThat(copy.signedBy()).hasValue(1);
    assertThat(copy.trusts()).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void shouldNotCountACertificateThatOnlyNamesItAsItsIssuer() throws Exception {
    // given: the name and the key identifier of the CA are public; and a real one beside it
    ServerCert mallory = leaf("mallory", "  rootCARef: {name: own}\n");
    ServerCert former = leaf("bank", "  rootCARef: {name: own}\n");
    Secret real = secret(mallory, List.of(), FIRST, OTHER);
    Secret forged =
        real.edit().addToData(Keys.TLS_CRT, base64(Pem.write(naming(FIRST.certificate())))).build();
    LeafStatus status = reported(mallory);
    mallory.setStatus(
        Serialization.unmarshal(
            Serialization.asYaml(status).replace("sha256:00", SecretData.digest(forged)),
            LeafStatus.class));

    // when
    counting.add(mallory, forged);
    counting.add(former, secret(former, List.of(), FIRST, OTHER));

    // then
    assertThat(LINEAGE.issuer(naming(FIRST.certificate()), 1)).isPresent();
    assertThat(LeafSecret.judge(mallory, forged, SEAL))
        .isInstanceOfSatisfying(
            SecretState.Managed.class,
            ours -> assertThat(ours.integrity()).isEqualTo(SecretState.Integrity.AS_REPORTED));
    assertThat(counting.copies(Evidence.FRESH).all())
        .extracting(Copy::name)
        .containsExactly("ServerCert 'bank/web'");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static X509Certificate naming(X509Certificate ca) throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("EC").generateKeyPair();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            X500Name.getInstance(ca.getSubjectX500Principal().getEncoded()),
            BigInteger.TEN,
            Date.from(NOW),
            Date.from(NOW.plus(Duration.ofDays(90))),
            new X500Name("CN=web"),
            key.getPublic());
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(ca));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  @Test
  void shouldCountNothingOfWhoWasNeverLetIn() {
    ServerCert mallory = foreign("mallory");
    Secret forged = secret(mallory, FIRST, OTHER);
    forged.getData().put(Keys.CA_CRT, secret(mallory, FIRST, FIRST).getData().get(Keys.CA_CRT));
    mallory.setStatus(reported(mallory));

    DistributionState copies = count(mallory, forged);

    assertThat(copies.all()).isEmpty();
    assertThat(copies.excused()).isEmpty();
    assertThat(copies.longestLeaf()).isZero();
  }

  @Test
  void shouldNotCountWhoHoldsACertificateThatNobodyGaveIt() {
    // given: from a trust store of its own, and a note that it wrote itself or found elsewhere
    ServerCert mallory = foreign("mallory");
    Secret byItself = secret(mallory, List.of(), OTHER, OTHER, FIRST);
    Secret noted =
        byItself
            .edit()
            .editMetadata()
            .addToAnnotations(Keys.ADMITTED_BY, "shop/root")
            .addToAnnotations(
                Keys.ADMITTED_SEAL,
                secret(foreign("bank"), FIRST, FIRST)
                    .getMetadata()
                    .getAnnotations()
                    .get(Keys.ADMITTED_SEAL))
            .endMetadata()
            .build();
    assertThat(noted.getMetadata().getAnnotations().get(Keys.ADMITTED_SEAL)).isNotNull();

    // when
    counting.add(mallory, byItself);
    counting.add(mallory, noted);

    // then
    assertThat(counting.copies(Evidence.FRESH).all()).isEmpty();
    assertThat(counting.copies(Evidence.FRESH).excused()).isEmpty();
  }

  @Test
  void shouldNotCountWhoWasLetInByAnotherCAOfThatName() {
    ServerCert gone = foreign("gone");

    DistributionState copies = count(gone, secret(gone, OTHER, OTHER));

    assertThat(copies.all()).isEmpty();
  }

  @Test
  void shouldNotBeHeldUpByAContentThatIsPutBack() {
    // given
    ServerCert bank = foreign("bank");
    Secret before = secret(bank, FIRST, FIRST);
    given.remember(bank, before);
    counting.add(bank, before);
    assertThat(counting.copies(Evidence.FRESH).all()).hasSize(1);

    // when
    given.remember(bank, secret(bank, FIRST, FIRST, SECOND));
    counting.add(bank, before);

    // then
    assertThat(counting.copies(Evidence.FRESH).all()).hasSize(1);
    assertThat(counting.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ServerCert 'bank/web' has a Secret that somebody else set back to an older content");
  }

  @Test
  void shouldWaitForAContentThatIsPutBackInTheOwnNamespace() {
    ServerCert leaf = leaf("shop", "  rootCARef: {name: root}\n");
    given.remember(leaf, secret(leaf, FIRST, FIRST, SECOND));

    Copy copy = only(leaf, secret(leaf, FIRST, FIRST));

    assertThat(copy.trusts()).containsExactly(1);
  }

  @Test
  void shouldNotBeHeldUpByWhatOthersDoToTheirOwnCopies() {
    ServerCert tampering = foreign("bank");
    Secret tampered = secret(tampering, FIRST, FIRST, SECOND);
    tampered.getData().put(Keys.CA_CRT, "");
    tampering.setStatus(reported(tampering));
    ServerCert freezing = foreign("bank");
    Secret frozen = secret(freezing, FIRST, FIRST);
    frozen.setImmutable(true);
    counting.add(tampering, tampered);
    counting.add(freezing, frozen);

    assertThat(counting.copies(Evidence.FRESH).all()).isEmpty();
    assertThat(counting.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ServerCert 'bank/web' has a Secret that was changed by somebody else",
            "ServerCert 'bank/web' has a Secret that was made immutable and cannot be written");
  }

  private static List<X509Certificate> certificates(CertificateAuthority... all) {
    return Arrays.stream(all).map(CertificateAuthority::certificate).toList();
  }

  private static ServerCert beside() {
    return leaf("shop", "  rootCARef: {name: root}\n");
  }

  @Test
  void shouldNotWaitForASecretThatCannotBeWritten() {
    ServerCert leaf = beside();
    attempts.refused(leaf, "too long", certificates(FIRST, SECOND));

    DistributionState copies = count(leaf, secret(leaf, FIRST, FIRST));

    assertOnlyItsCertificateCounts(copies);
    assertThat(copies.excused())
        .containsExactly("ServerCert 'web' has a Secret that cannot be written: too long");
  }

  @Test
  void shouldWaitForASecretUntilWhatItLacksWasTried() {
    ServerCert leaf = beside();
    attempts.refused(leaf, "too long", certificates(FIRST));

    assertThat(only(leaf, secret(leaf, FIRST, FIRST)).trusts()).containsExactly(1);
  }

  @Test
  void shouldWaitAgainForASecretThatWasWritten() {
    ServerCert leaf = beside();
    attempts.refused(leaf, "too long", certificates(FIRST, SECOND));
    attempts.written(leaf);

    assertThat(only(leaf, secret(leaf, FIRST, FIRST)).trusts()).containsExactly(1);
  }

  @Test
  void shouldNotWaitForALeafThatIsBeingDeleted() {
    ServerCert leaf = beside();
    leaf.getMetadata().setDeletionTimestamp(NOW.toString());

    DistributionState copies = count(leaf, secret(leaf, FIRST, FIRST));

    assertOnlyItsCertificateCounts(copies);
    assertThat(copies.excused())
        .containsExactly("ServerCert 'web' is being deleted, and is not served any more");
  }

  // it stays in use until it ends, unless certificates move at once
  private static void assertOnlyItsCertificateCounts(DistributionState copies) {
    assertThat(copies.all())
        .singleElement()
        .satisfies(
            copy -> {
              assertThat(copy.trusts()).containsExactlyInAnyOrder(1, 2);
              assertThat(copy.surplus()).isFalse();
              assertThat(copy.signedBy()).hasValue(1);
            });
  }

  @Test
  void shouldNotWaitForASecretThatIsPutRightAgainAndAgain() {
    ServerCert leaf = beside();
    attempts.repaired(leaf, NOW);
    // trust that is written twice was taken out in between
    attempts.retrusted(leaf, certificates(FIRST, SECOND), NOW);
    attempts.retrusted(leaf, certificates(FIRST, SECOND), NOW);
    counting.add(leaf, secret(leaf, FIRST, FIRST));
    assertThat(counting.copies(Evidence.FRESH).excused()).isEmpty();

    attempts.retrusted(leaf, certificates(FIRST, SECOND), NOW);
    counting.add(leaf, secret(leaf, FIRST, FIRST));

    assertThat(counting.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ServerCert 'web' has a Secret that somebody else changes again and again");
    assertThat(attempts.isDisturbed(leaf, NOW.plus(Duration.ofHours(2)))).isFalse();
  }

  private DistributionTracker migrating(Reissue how, Duration ago) {
    GenerationMilestones signing =
        GenerationMilestones.none().with(it -> it.signingSince(NOW.minus(ago)).reissue(how));
    return new DistributionTracker(
        CA,
        new CaGenerations(
            List.of(
                generation(1, FIRST),
                new CaGeneration(2, SECOND.certificate(), Optional.empty(), signing))),
        List.of(),
        new Admission(WatchScope.all(), namespace -> Optional.empty(), namespace -> false),
        SEAL,
        given,
        attempts,
        NOW);
  }

  @Test
  void shouldNotWaitForEverForTheCertificateOfALeafThatCanHaveNoNewOne() {
    // given
    ServerCert leaf = beside();
    attempts.stopped(leaf, new Finding(Reason.InvalidSpec, "no names"));
    Duration over = LeafExemptions.GRACE.plusSeconds(1);
    DistributionTracker inGrace = migrating(Reissue.Immediately, LeafExemptions.GRACE);
    DistributionTracker atOnce = migrating(Reissue.Immediately, over);
    DistributionTracker onRenewal = migrating(Reissue.OnRenewal, over);

    // when
    inGrace.add(leaf, secret(leaf, FIRST, FIRST, SECOND));
    atOnce.add(leaf, secret(leaf, FIRST, FIRST, SECOND));
    onRenewal.add(leaf, secret(leaf, FIRST, FIRST, SECOND));

    // then its trust still counts, and at its own renewal its certificate until it ends
    assertThat(atOnce.copies(Evidence.FRESH).all())
        .singleElement()
        .satisfies(
            copy -> {
              assertThat(copy.signedBy()).isEmpty();
              assertThat(copy.trusts()).containsExactlyInAnyOrder(1, 2);
            });
    assertThat(atOnce.copies(Evidence.FRESH).excused())
        .containsExactly("ServerCert 'web' cannot get a new certificate: no names");
    assertThat(inGrace.copies(Evidence.FRESH).all())
        .singleElement()
        .satisfies(copy -> assertThat(copy.signedBy()).hasValue(1));
    assertThat(onRenewal.copies(Evidence.FRESH).all())
        .singleElement()
        .satisfies(copy -> assertThat(copy.signedBy()).hasValue(1));
    assertThat(onRenewal.copies(Evidence.FRESH).excused()).isEmpty();
  }

  private static Secret withTruststore(ServerCert leaf, CertificateAuthority... held) {
    Secret plain = secret(leaf, FIRST, FIRST, SECOND);
    TreeMap<String, byte[]> files = new TreeMap<>(SecretData.files(plain));
    files.put(Keys.TRUSTSTORE, new byte[] {1});
    return LeafSecret.of(
        leaf,
        files,
        new LeafSecret.Notes(
            1,
            1,
            "layout",
            "",
            new TreeSet<>(List.of(new CAName("shop", "root"))),
            TrustSources.unknown(),
            null,
            held.length == 0
                ? Optional.empty()
                : Optional.of(
                    certificates(held).stream()
                        .map(Fingerprint::of)
                        .collect(Collectors.toUnmodifiableSet())),
            ""),
        null,
        NOW,
        SEAL);
  }

  @Test
  void shouldTakeATruststoreForCurrentThatWasEncodedWithItsBundle() {
    ServerCert leaf = beside();

    assertThat(only(leaf, withTruststore(leaf)).trusts()).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void shouldWaitForATruststoreThatIsBehind() {
    ServerCert leaf = beside();
    Finding missing = new Finding(Reason.InputNotAvailable, "no password");
    attempts.stopped(leaf, missing);

    Copy copy = only(leaf, withTruststore(leaf, FIRST));

    assertThat(copy.trusts()).containsExactly(1);
    assertThat(copy.name()).isEqualTo("ServerCert 'web' (its truststore.p12: no password)");
  }

  @Test
  void shouldSeeWhatATruststoreHoldsTooMuch() {
    ServerCert leaf = beside();

    assertThat(only(leaf, withTruststore(leaf, FIRST, SECOND, OTHER)).surplus()).isTrue();
  }

  @Test
  void shouldNotWaitForATruststoreElsewhereOnceItWasTried() {
    ServerCert leaf = foreign("bank");
    counting.add(leaf, withTruststore(leaf, FIRST));
    assertThat(counting.copies(Evidence.FRESH).excused()).isEmpty();

    attempts.stopped(leaf, new Finding(Reason.InputNotAvailable, "no password"));
    counting.add(leaf, withTruststore(leaf, FIRST));

    assertThat(counting.copies(Evidence.FRESH).all())
        .extracting(Copy::trusts)
        .containsExactly(Set.of(1), Set.of(1, 2));
    assertThat(counting.copies(Evidence.FRESH).excused())
        .containsExactly("ServerCert 'bank/web' has a stale truststore.p12: no password");
  }

  @Test
  void shouldBelieveNobodyWhoSaysThatATruststoreIsCurrent() {
    ServerCert leaf = beside();
    leaf.setStatus(reported(leaf));
    Secret behind = withTruststore(leaf, FIRST);
    Secret without =
        behind
            .edit()
            .editMetadata()
            .removeFromAnnotations(Keys.TRUSTSTORE_BEHIND)
            .endMetadata()
            .build();
    Secret another =
        behind
            .edit()
            .editMetadata()
            .addToAnnotations(
                Keys.TRUSTSTORE_BEHIND,
                certificates(FIRST, SECOND).stream()
                    .map(c -> Fingerprint.of(c).text())
                    .sorted()
                    .collect(Collectors.joining(",")))
            .endMetadata()
            .build();

    counting.add(leaf, without);
    counting.add(leaf, another);

    assertThat(counting.copies(Evidence.FRESH).all())
        .hasSize(2)
        .allSatisfy(copy -> assertThat(copy.trusts()).isEmpty());
    // and it is encoded anew, whatever the note about its layout says
    assertThat(LeafSecret.judge(leaf, behind, SEAL))
        .isInstanceOfSatisfying(
            SecretState.Managed.class, ours -> assertThat(ours.layout()).isEmpty());
  }

  @Test
  void shouldCountWhatAnotherOneHasCounted() {
    DistributionTracker leaves = migrating(Reissue.OnRenewal, Duration.ZERO);
    leaves.add(leaf("shop", "  rootCARef: {name: root}\n"), null);
    leaves.leaveOut("one that cannot be written");
    DistributionTracker all = migrating(Reissue.OnRenewal, Duration.ZERO);

    all.add(leaves);

    assertThat(all.copies(Evidence.FRESH)).isEqualTo(leaves.copies(Evidence.FRESH));
    assertThat(all.copies(Evidence.FRESH).longestLeaf()).isEqualTo(Duration.ofDays(90));
    assertThat(all.copies(Evidence.FRESH).excused()).containsOnly("one that cannot be written");
  }

  @Test
  void shouldNotMakeRoomForLivesThatThePolicyForbids() {
    ServerCert leaf = foreign("bank");
    counting.add(leaf, null);
    assertThat(counting.copies(Evidence.FRESH).longestLeaf()).isEqualTo(Duration.ofDays(90));

    ServerCert greedy = leaf("bank", "  rootCARef: {name: root, namespace: shop}\n");
    greedy.setSpec(
        Serialization.unmarshal(
            Serialization.asYaml(greedy.getSpec()).replace("90d", "36500d"), ServerCertSpec.class));
    counting.add(greedy, null);

    assertThat(counting.copies(Evidence.FRESH).longestLeaf()).isEqualTo(Duration.ofDays(100));
  }

  @Test
  void shouldNameWhoHoldsWhatIsDistrusted() {
    // given: the first is distrusted, and its Secret deleted
    CaGenerations generations =
        new CaGenerations(
            List.of(
                new CaGeneration(
                    2,
                    SECOND.certificate(),
                    Optional.empty(),
                    GenerationMilestones.none()
                        .with(
                            it ->
                                it.signingSince(NOW)
                                    .distrusts(Set.of(Fingerprint.of(FIRST.certificate())))))));
    DistributionTracker count =
        new DistributionTracker(
            CA,
            generations,
            List.of(),
            new Admission(
                WatchScope.all(),
                namespace -> Optional.of(Map.of("name", namespace)),
                namespace -> false),
            SEAL,
            given,
            new LeafAttempts(),
            NOW);
    ServerCert several =
        leaf("shop", "  rootCARef: {name: other}\n  trustedCARefs: [{name: x}, {name: root}]\n");
    ServerCert rid = leaf("shop", "  rootCARef: {name: root}\n");
    ServerCert gone = foreign("gone");
    ServerCert mallory = foreign("mallory");
    ServerCert frozen = foreign("bank");
    Secret immutable = secret(frozen, FIRST, FIRST);
    immutable.setImmutable(true);

    // when
    count.add(several, secret(several, OTHER, OTHER, FIRST));
    count.add(rid, secret(rid, SECOND, SECOND, OTHER));
    count.add(gone, secret(gone, FIRST, FIRST));
    count.add(mallory, secret(mallory, List.of(), OTHER, OTHER, FIRST));
    count.add(frozen, immutable);

    // then
    assertThat(count.copies(Evidence.FRESH).notRid())
        .containsExactly("ServerCert 'web'", "ServerCert 'gone/web'");
    assertThat(count.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ServerCert 'bank/web' has a Secret that was made immutable and cannot be written, and still holds a distrusted generation");
  }

  /** The first is distrusted, and its Secret deleted. */
  private DistributionTracker distrusting() {
    GenerationMilestones milestones =
        GenerationMilestones.none()
            .with(
                it -> it.signingSince(NOW).distrusts(Set.of(Fingerprint.of(FIRST.certificate()))));
    return new DistributionTracker(
        CA,
        new CaGenerations(
            List.of(new CaGeneration(2, SECOND.certificate(), Optional.empty(), milestones))),
        List.of(),
        new Admission(
            WatchScope.all(),
            namespace -> Optional.of(Map.of("name", namespace)),
            namespace -> false),
        SEAL,
        given,
        attempts,
        NOW);
  }

  private static Optional<ConfigMap> bundle(CertificateAuthority trusted) {
    return Optional.of(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName("root-trust")
            .endMetadata()
            .addToData(Keys.CA_CRT, Pem.write(trusted.certificate()))
            .build());
  }

  @Test
  void shouldTellThatATrustConfigMapThatIsNotWrittenHoldsWhatIsDistrusted() {
    DistributionTracker refused = distrusting();
    DistributionTracker foreign = distrusting();
    DistributionTracker rid = distrusting();

    refused.add(CA, bundle(FIRST), Bundle.REFUSED, Optional.of("no"));
    foreign.add(CA, bundle(FIRST), Bundle.FOREIGN, Optional.empty());
    rid.add(CA, bundle(SECOND), Bundle.REFUSED, Optional.of("no"));

    assertThat(refused.copies(Evidence.FRESH).notRid()).isEmpty();
    assertThat(refused.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ConfigMap 'root-trust' still holds a distrusted generation, and cannot be written: no");
    assertThat(foreign.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ConfigMap 'root-trust' still holds a distrusted generation, and is somebody else's and left alone");
    assertThat(rid.copies(Evidence.FRESH).excused())
        .containsExactly("ConfigMap 'root-trust' cannot be written: no");
  }

  @Test
  void shouldNotWaitForALeafThatCannotBeRidOfWhatIsDistrusted() {
    ServerCert leaf = beside();
    leaf.getMetadata().setDeletionTimestamp(NOW.toString());
    ServerCert several =
        leaf("shop", "  rootCARef: {name: other}\n  trustedCARefs: [{name: x}, {name: root}]\n");
    attempts.refused(several, "too long", certificates(SECOND));
    DistributionTracker count = distrusting();

    count.add(leaf, secret(leaf, FIRST, FIRST));
    count.add(several, secret(several, OTHER, SECOND, OTHER, FIRST));

    assertThat(count.copies(Evidence.FRESH).notRid()).isEmpty();
    assertThat(count.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ServerCert 'web' still holds a distrusted generation, and has a Secret that cannot be written: too long",
            "ServerCert 'web' still holds a distrusted generation, and is being deleted, and is not served any more");
  }

  @Test
  void shouldLookAnewWhereACopyDoesNotShowWhomALeafTrusts() {
    // given: its seal is gone, and it is larger than what is kept of what nobody vouches for
    ServerCert leaf = beside();
    Secret large =
        secret(leaf, FIRST, Collections.nCopies(40, FIRST).toArray(new CertificateAuthority[0]));
    large.getMetadata().getAnnotations().remove(Keys.SEAL);
    leaf.setStatus(
        Serialization.unmarshal(
            "observedGeneration: 1\nrevision: 1\nsecretName: web\nsecretDigest: "
                + SecretData.digest(large),
            LeafStatus.class));
    Secret cached = RedactedSecret.ofLeaf(large, SEAL);
    Secret many = large.edit().build();
    IntStream.range(0, 300).forEach(i -> many.getData().put("value-" + i, "AAAA"));
    List<LeafCert<?>> looked = new ArrayList<>();
    DistributionTracker distrusting = distrusting();

    // when
    counting.add(leaf, cached, it -> large);
    distrusting.add(leaf, cached, it -> large);
    distrusting.add(leaf, RedactedSecret.of(many), it -> many);
    counting.add(leaf, cached, it -> null);
    counting.add(
        leaf,
        RedactedSecret.ofLeaf(secret(leaf, FIRST, FIRST), SEAL),
        it -> {
          looked.add(it);
          return null;
        });

    // then
    assertThat(counting.copies(Evidence.CACHED).all())
        .extracting(Copy::trusts)
        .containsExactly(Set.of(1), Set.of(1));
    assertThat(distrusting.copies(Evidence.CACHED).notRid())
        .containsExactly("ServerCert 'web'", "ServerCert 'web'");
    assertThat(looked).isEmpty();
  }

  @Test
  void shouldNotLookForEverAtWhatOthersMakeLarge() {
    ServerCert leaf = beside();
    Secret large =
        secret(leaf, FIRST, Collections.nCopies(40, FIRST).toArray(new CertificateAuthority[0]));
    large.getMetadata().getAnnotations().remove(Keys.SEAL);
    leaf.setStatus(reported(leaf));
    Secret cached = RedactedSecret.ofLeaf(large, SEAL);
    List<LeafCert<?>> looked = new ArrayList<>();

    for (int i = 0; i < 1000; i++) {
      counting.add(
          leaf,
          cached,
          it -> {
            looked.add(it);
            return large;
          });
    }

    assertThat(looked).hasSize(100);
  }

  private TrustObserver.Seen furtherCopy(TrustCopy.Found found) {
    TrustBundle bundle =
        new TrustBundle(
            TrustBundleKind.ConfigMap, "copy", null, null, null, null, Map.of(), Map.of());
    return new TrustObserver.Seen(
        List.of(
            new TrustObserver.Wanted(
                new TrustTargets.Target(
                    bundle, TrustPlace.in("bank", TrustBundleKind.ConfigMap, "copy")),
                found,
                "content",
                Set.of(),
                Optional.of(
                    new TrustAttempts.Attempt(
                        TrustAttempts.Result.REFUSED, "no", NOW.plusSeconds(9))))),
        List.of(),
        List.of("somewhere is skipped"),
        List.of(),
        Map.of());
  }

  @Test
  void shouldTellFirstOfCopiesThatAreNotWrittenAndHoldWhatIsDistrusted() {
    TrustObserver.Seen further =
        furtherCopy(
            new TrustCopy.Found.Ours(TrustCopy.State.OUTDATED, Set.of(1), Optional.empty()));
    DistributionTracker distrusting = distrusting();

    distrusting.add(further);
    counting.add(further);

    assertThat(distrusting.copies(Evidence.FRESH).notRid()).isEmpty();
    assertThat(distrusting.copies(Evidence.FRESH).excused())
        .containsExactly(
            "ConfigMap 'bank/copy' still holds a distrusted generation, and cannot be written: no",
            "somewhere is skipped");
    assertThat(counting.copies(Evidence.FRESH).excused())
        .contains("ConfigMap 'bank/copy' cannot be written: no");
  }

  // with a digest of another content: what was written once
  private static LeafStatus reported(ServerCert leaf) {
    return Serialization.unmarshal(
        "observedGeneration: 1\nsecretDigest: sha256:00\nrevision: 1\nsecretName: "
            + leaf.effectiveSecretName(),
        LeafStatus.class);
  }
}
