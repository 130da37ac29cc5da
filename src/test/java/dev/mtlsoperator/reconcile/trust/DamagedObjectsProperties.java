package dev.mtlsoperator.reconcile.trust;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.Failures;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.MalformedIdentifiers;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.reconcile.leaf.LeafReportFixture;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafCrls;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRevocation;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationMetadata;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.cache.CacheProjection;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Whatever somebody wrote into Secrets, ConfigMaps and statuses: all that informers call and all
 * that judges such an object comes to a result.
 */
final class DamagedObjectsProperties {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final CaGenerations LINEAGE =
      new CaGenerations(
          List.of(
              new CaGeneration(
                  1,
                  CA.certificate(),
                  Optional.empty(),
                  GenerationMilestones.none().with(it -> it.signingSince(NOW)))));

  /** What numbers, times, names and lists are not. */
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "-",
          "/",
          ",",
          ",,/,",
          "0",
          "-1",
          "1",
          "2147483647",
          "2147483648",
          "99999999999999999999",
          "1e9",
          "NaN",
          "null",
          "true",
          "not a time",
          "2026-11-23T12:00:00Z",
          "2026-13-45T99:99:99Z",
          "-999999999-01-01T00:00:00Z",
          "+1000000000-12-31T23:59:59.999999999Z",
          "0000-00-00T00:00:00Z",
          "sha256:",
          "sha256:" + "f".repeat(64),
          "hmac-sha256:" + "0".repeat(64),
          "shop/root",
          "a/b/c",
          "ServerCert",
          "RootCA",
          "TrustBundle",
          "Delete",
          "Immediately",
          "\u0000\uD800\u202e",
          "x".repeat(5000));

  private static final List<String> MARKS =
      List.of(
          Keys.KIND_LABEL,
          Keys.ROOT_CA_LABEL,
          Keys.ROOT_CA_NAMESPACE_LABEL,
          Keys.MANAGED_BY_LABEL,
          Keys.GENERATION,
          Keys.SEAL,
          Keys.SIGNING_SINCE,
          Keys.DISTRIBUTED_AT,
          Keys.UNUSED_SINCE,
          Keys.LAST_LEAF_NOT_AFTER,
          Keys.REISSUE,
          Keys.DISTRUSTS,
          Keys.RETIRES,
          Keys.HIGHEST,
          Keys.REVISION,
          Keys.LAYOUT,
          Keys.TEMPLATE,
          Keys.TRUST_SINCE,
          Keys.TRUSTS,
          Keys.INPUTS,
          Keys.CONTENT,
          Keys.ROOT_CA_UID,
          Keys.ADMITTED_BY,
          Keys.ADMITTED_SEAL,
          Keys.ADDITIONAL_TRUST,
          "mtls-operator.dev/rotate",
          "mtls-operator.dev/renew");

  private static final List<String> FILES =
      List.of(
          Keys.TLS_CRT,
          Keys.TLS_KEY,
          Keys.CA_CRT,
          Keys.CROSS_CRT,
          Keys.CROSSES_CRT,
          Keys.TRUSTSTORE,
          "other");

  private final Random random = new Random();

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private byte[] bytes(int most) {
    byte[] some = new byte[random.nextInt(most)];
    random.nextBytes(some);
    return some;
  }

  private X509Certificate certificate() {
    List<Instant> times =
        List.of(
            Instant.parse("1950-01-01T00:00:00Z"),
            NOW.minusSeconds(20),
            NOW,
            NOW.plusSeconds(1),
            Instant.parse("2050-01-01T00:00:00Z"),
            Instant.parse("9999-12-31T23:59:59Z"));
    List<byte[]> contents =
        List.of(
            new byte[0],
            new byte[] {4, 2, 1, 2},
            new byte[] {0x30, 3, (byte) 0x80, 2, 1},
            new byte[] {(byte) 0xff, (byte) 0xff},
            bytes(40));
    return MalformedIdentifiers.naming(
        CA.certificate(),
        new BigInteger(1 + random.nextInt(2000), random),
        any(times),
        any(times),
        any(contents),
        any(contents));
  }

  private String file() {
    String pem = Pem.write(certificate());
    return switch (random.nextInt(8)) {
      case 0 -> any(TEXTS);
      case 1 -> new String(bytes(200), StandardCharsets.ISO_8859_1);
      case 2 -> pem.substring(0, random.nextInt(pem.length()));
      case 3 -> pem.replace('A', 'B');
      case 4 -> pem + pem + Pem.write(CA.certificate());
      case 5 -> Pem.write(CA.certificate()) + any(TEXTS);
      default -> pem;
    };
  }

  private Map<String, String> marks() {
    Map<String, String> marks = new HashMap<>();
    for (String mark : MARKS) {
      if (random.nextInt(3) > 0) {
        marks.put(mark, any(TEXTS));
      }
    }
    return marks;
  }

  private ObjectMeta metadata(String uidOfOwner) {
    OwnerReference owner =
        new OwnerReferenceBuilder()
            .withApiVersion(random.nextBoolean() ? null : any(TEXTS))
            .withUid(random.nextBoolean() ? uidOfOwner : any(TEXTS))
            .withController(random.nextBoolean() ? null : random.nextBoolean())
            .build();
    Map<String, String> labels = marks();
    labels.put(Keys.KIND_LABEL, any(List.of("RootCA", "TrustBundle", "ServerCert", "")));
    labels.put(Keys.ROOT_CA_LABEL, any(List.of("root", "", "x")));
    return new ObjectMetaBuilder()
        .withNamespace("shop")
        .withName(any(List.of("web", "root-ca-1", "root-ca-999999999", "root-trust", "-ca-1")))
        .withUid("uid-of-object")
        .withResourceVersion("1")
        .withCreationTimestamp(any(TEXTS))
        .withLabels(random.nextInt(8) == 0 ? null : labels)
        .withAnnotations(random.nextInt(8) == 0 ? null : marks())
        .withOwnerReferences(owner)
        .build();
  }

  private Secret secret() {
    Map<String, String> data = new HashMap<>();
    for (String file : FILES) {
      if (random.nextInt(4) > 0) {
        data.put(
            file,
            // the API server takes nothing else
            Base64.getEncoder().encodeToString(file().getBytes(StandardCharsets.UTF_8)));
      }
    }
    return new SecretBuilder()
        .withMetadata(metadata("uid-of-web"))
        .withType(any(List.of(Keys.TYPE_TLS, Keys.TYPE_CA, "", "Opaque")))
        .withImmutable(random.nextBoolean())
        .withData(random.nextInt(8) == 0 ? null : data)
        .build();
  }

  private ConfigMap map() {
    return new ConfigMapBuilder()
        .withMetadata(metadata("uid-of-root"))
        .withData(
            random.nextInt(8) == 0
                ? null
                : Map.of(Keys.CA_CRT, file(), any(List.of(Keys.TLS_CRT, "other")), file()))
        .build();
  }

  private @Nullable Integer number() {
    return any(List.of(
            Optional.<Integer>empty(), some(0), some(-1), some(7), some(Integer.MAX_VALUE)))
        .or(() -> some(Integer.MIN_VALUE))
        .orElse(null);
  }

  private static Optional<Integer> some(int number) {
    return Optional.of(number);
  }

  private ServerCert leaf(Secret secret) {
    ServerCert leaf = aServerCert();
    leaf.getMetadata().setCreationTimestamp(any(TEXTS));
    if (random.nextInt(4) > 0) {
      leaf.setStatus(
          new LeafStatus(
              random.nextLong(),
              List.of(
                  new Condition(
                      any(List.of("Ready", "Stalled", "x")),
                      any(List.of(ConditionStatus.values())),
                      random.nextLong(),
                      any(TEXTS),
                      any(TEXTS),
                      any(TEXTS))),
              any(TEXTS),
              any(TEXTS),
              any(TEXTS),
              any(TEXTS),
              any(TEXTS),
              any(TEXTS),
              number(),
              number(),
              random.nextBoolean() ? SecretData.digest(secret) : any(TEXTS),
              any(TEXTS),
              new LastIssuance(any(List.of(Reason.SecretTampered.name(), "", "x")), any(TEXTS)),
              random.nextBoolean()
                  ? null
                  : new Failures(Optional.ofNullable(number()).orElse(0), any(TEXTS), any(TEXTS)),
              List.of(),
              null));
    }
    return leaf;
  }

  @Property(tries = 300)
  void shouldComeToAResultForWhateverLiesThere(@ForAll long seed) {
    random.setSeed(seed);
    RootCA ca = aRootCA();
    TrustContent content = new TrustContent(LINEAGE.anchors(), AdditionalEntries.none());
    Secret secret = secret();
    ConfigMap map = map();

    // what informers keep, and by what they find it
    for (Secret kept :
        List.of(
            RedactedSecret.of(secret),
            RedactedSecret.ofOthers(secret),
            CacheProjection.of(secret, SEAL))) {
      assertThat(kept.getMetadata().getName()).isEqualTo(secret.getMetadata().getName());
      judge(ca, kept);
    }
    judge(ca, secret);
    for (ConfigMap kept : List.of(map, CacheProjection.of(map, SEAL))) {
      assertThat(TrustCopy.notes(kept, SEAL)).isNotNull();
      assertThat(TrustCopy.content(kept)).isNotEmpty();
      assertThat(TrustConfigMap.judge(ca, kept, content, SEAL)).isNotNull();
      assertThat(TrustConfigMap.entries(ca, kept, SEAL)).isNotNull();
    }
  }

  private void judge(RootCA ca, Secret secret) {
    assertThat(GenerationSecrets.indexKeys(secret)).isNotNull();
    assertThat(TrustCopy.notes(secret, SEAL)).isNotNull();
    assertThat(GenerationSecret.milestones(secret)).isNotNull();
    assertThat(GenerationSecret.read("shop", "root", secret, SEAL)).isEmpty();
    assertThat(GenerationSecret.verifiedPath(secret)).isNotNull();
    GenerationMetadata.isCurrent(ca, secret, 1);
    assertThat(GenerationNumbers.highest(ca, List.of(secret), List.of())).isBetween(0, 999_999);
    LeafSecret.chain(secret).forEach(KeyIdentifiers::issuer);
  }

  @Property(tries = 300)
  void shouldReportWhateverALeafHolds(@ForAll long seed) {
    random.setSeed(seed);
    Secret secret = RedactedSecret.of(secret());
    ServerCert leaf = leaf(secret);

    SecretState state = LeafSecret.judge(leaf, secret, SEAL);
    LeafFacts facts =
        new LeafFacts(
            leaf.getMetadata().getUid(),
            DesiredCertificate.of(leaf),
            GenerationSecrets.signer(LINEAGE, "root", NOW),
            state,
            IssuancePolicy.of(aRootCA(), leaf),
            new Trust(LINEAGE.bundle(), Rotation.Reissue.OnRenewal),
            "layout",
            Optional.empty(),
            null,
            LeafSecret.reportedRevision(leaf.getStatus()),
            Timestamps.parse(any(TEXTS)),
            Timestamps.parse(any(TEXTS)),
            LeafRevocation.NONE,
            LeafCrls.notAsked());
    LeafAssessment assessment =
        LeafAssessment.of(
            facts,
            SafetyChecks.of(
                NOW,
                Optional.of(NOW),
                new ClockHistory(ClockHistory.ENOUGH, Optional.empty()),
                SafetyChecks.CacheSync.IN_SYNC),
            NOW);
    LeafReportFixture.Told report =
        LeafReportFixture.afterAFailure(
            leaf, secret, assessment, new Finding(Reason.IssuanceFailed, "refused"), NOW);

    assertThat(report.next()).isBetween(Duration.ofSeconds(1), Duration.ofHours(1));
    // as the schema has it: else the API server refuses to hear of it
    assertThat(Optional.ofNullable(report.status().serialNumber()).orElse("")).hasSizeLessThan(65);
    assertThat(LeafSecret.nextRevision(LeafSecret.reportedRevision(leaf.getStatus())))
        .isBetween(1, 999_999_999);
    assertThat(FailedRuns.status(leaf, new Finding(Reason.InternalError, "x"), NOW)).isNotNull();
  }

  @Property(tries = 100)
  void shouldCountWhateverALeafHolds(@ForAll long seed) {
    random.setSeed(seed);
    DistributionTracker counting =
        new DistributionTracker(
            aRootCA(),
            LINEAGE,
            List.of(),
            new Admission(WatchScope.all(), namespace -> Optional.of(Map.of()), going -> false),
            SEAL,
            new WrittenTrust(),
            new LeafAttempts(),
            NOW);
    for (int i = 0; i < 5; i++) {
      Secret secret = RedactedSecret.of(secret());
      counting.add(leaf(secret), secret);
    }

    assertThat(counting.copies(Evidence.FRESH)).isNotNull();
  }

  @Property(tries = 100)
  void shouldReadAnyNoteThatWasSealed(@ForAll long seed) {
    random.setSeed(seed);
    // sealed by whoever had the key, such as an older version of this operator
    ServerCert leaf = aServerCert();
    String note = any(TEXTS);
    Secret secret =
        LeafSecret.of(
                leaf,
                new TreeMap<>(),
                new LeafSecret.Notes(
                    1,
                    1,
                    "",
                    "",
                    new java.util.TreeSet<CAName>(),
                    TrustSources.unknown(),
                    null,
                    Optional.empty(),
                    ""),
                null,
                NOW,
                SEAL)
            .edit()
            .editMetadata()
            .addToAnnotations(Keys.ADMITTED_BY, note)
            .addToAnnotations(Keys.ADMITTED_SEAL, SEAL.ofAdmission(leaf, note))
            .endMetadata()
            .build();

    assertThat(LeafSecret.judge(leaf, secret, SEAL)).isInstanceOf(SecretState.Managed.class);
  }
}
