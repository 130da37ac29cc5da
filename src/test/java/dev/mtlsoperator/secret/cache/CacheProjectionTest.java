package dev.mtlsoperator.secret.cache;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static dev.mtlsoperator.secret.trust.TrustTargetsTest.ca;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationMetadata;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustCopy.Found;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a cache keeps of objects that anybody can write: little, and enough to judge them by. */
final class CacheProjectionTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final X509Certificate ROOT = root();
  private static final X509Certificate OTHER = root();
  private static final TrustContent CONTENT = content(List.of());

  private static final TrustBundle BUNDLE =
      new TrustBundle(
          TrustBundleKind.ConfigMap,
          "copy",
          null,
          new TrustBundleKeys("ca.pem", "trust.p12", null, null),
          null,
          null,
          Map.of("team", "shop"),
          Map.of("example.com/for", "gateways"));

  private static final int A_SMALL_PAGE = 3000;

  /** What may have become of an object. */
  private static final Map<String, Consumer<HasMetadata>> FATES =
      Map.ofEntries(
          entry("untouched", object -> {}),
          entry("changed", object -> data(object).put("ca.pem", "AAAA")),
          entry("extended", object -> data(object).put("more", "AAAA")),
          entry("relabelled", object -> object.getMetadata().getLabels().put("team", "bank")),
          entry("unlabelled", object -> object.getMetadata().getLabels().remove("team")),
          entry("reannotated", object -> annotations(object).put("example.com/for", "nobody")),
          entry("without note", object -> annotations(object).remove(Keys.TEMPLATE)),
          entry(
              "with labels of others",
              object -> object.getMetadata().getLabels().put("theirs", "stays")),
          entry("with a time", object -> annotations(object).put(Keys.TRUST_SINCE, NOW.toString())),
          entry(
              "of another root ca",
              object -> object.getMetadata().getLabels().put(Keys.ROOT_CA_LABEL, "it")),
          entry(
              "owned",
              object -> object.getMetadata().setOwnerReferences(List.of(owner("uid-of-root")))),
          entry(
              "owned by others",
              object ->
                  object
                      .getMetadata()
                      .setOwnerReferences(
                          List.of(owner("some"), owner("others"), owner("uid-of-root")))),
          entry(
              "owned and forged",
              object -> {
                object.getMetadata().setOwnerReferences(List.of(owner("uid-of-root")));
                annotations(object).put(Keys.SEAL, "hmac-sha256:00");
              }),
          entry(
              "with odd notes",
              object -> {
                annotations(object).put(Keys.TRUSTS, "1,none,none");
                annotations(object).put(Keys.DELETION_POLICY, "whatever");
              }),
          entry(
              "forged",
              object -> {
                annotations(object).put(Keys.SEAL, "hmac-sha256:00");
                data(object).put("more", "AAAA");
              }));

  private static Set<String> fates() {
    return FATES.keySet();
  }

  @ParameterizedTest
  @MethodSource("fates")
  void shouldBeJudgedLikeTheWholeCopy(String fate) {
    for (TrustBundleKind kind : List.of(TrustBundleKind.ConfigMap, TrustBundleKind.Secret)) {
      // given
      Target target = target(kind);
      RootCA ca = ca(target.bundle());
      HasMetadata whole = TrustCopy.create(ca, target, CONTENT, NOW, SEAL);
      FATES.get(fate).accept(whole);

      // when
      HasMetadata abridged = abridged(whole);

      // then
      assertThat(TrustCopy.judge(ca, target, CONTENT, abridged, SEAL))
          .as("%s", kind)
          .isEqualTo(TrustCopy.judge(ca, target, CONTENT, whole, SEAL));
      // also where its generation was restored with another certificate
      TrustContent restored = new TrustContent(new TreeMap<>(Map.of(1, OTHER)), List.of());
      assertThat(TrustCopy.judge(ca, target, restored, abridged, SEAL))
          .as("%s", kind)
          .isEqualTo(TrustCopy.judge(ca, target, restored, whole, SEAL));
      assertThat(TrustCopy.notes(abridged, SEAL)).isEqualTo(TrustCopy.notes(whole, SEAL));
      assertThat(TrustCopy.content(abridged)).isEqualTo(TrustCopy.content(whole));
      assertThat(abridged(abridged)).isEqualTo(abridged);
    }
  }

  @Test
  void shouldNotTellFromLittleThatNothingElseIsInIt() {
    // given: as from a backup, when the seal's key was lost
    Target target = target(TrustBundleKind.ConfigMap);
    RootCA ca = ca(target.bundle());
    HasMetadata whole = TrustCopy.create(ca, target, CONTENT, NOW, SEAL);
    annotations(whole).put(Keys.SEAL, "hmac-sha256:00");

    // then: a look at the whole is due
    assertThat(TrustCopy.judge(ca, target, CONTENT, whole, SEAL)).isInstanceOf(Found.Ours.class);
    assertThat(TrustCopy.judge(ca, target, CONTENT, abridged(whole), SEAL))
        .isInstanceOf(Found.Foreign.class);
  }

  @Test
  void shouldKeepLittleOfWhateverOthersWrite() {
    // given
    ConfigMap map =
        new ConfigMapBuilder()
            .withMetadata(large())
            .withData(many())
            .addToData("ca.crt", "x".repeat(900_000))
            .addToBinaryData("more", "x".repeat(90_000))
            .build();
    Secret copy =
        new SecretBuilder()
            .withMetadata(large())
            .withType("t".repeat(10_000))
            .withData(many())
            .addToData("ca.crt", "AAAA".repeat(200_000))
            .build();
    Secret generation =
        copy.edit().editMetadata().addToLabels(Keys.KIND_LABEL, "RootCA").endMetadata().build();

    // then
    assertThat(Serialization.asJson(CacheProjection.of(map, SEAL))).hasSizeLessThan(A_SMALL_PAGE);
    assertThat(Serialization.asJson(CacheProjection.of(copy, SEAL))).hasSizeLessThan(A_SMALL_PAGE);
    assertThat(Serialization.asJson(CacheProjection.of(generation, SEAL)))
        .hasSizeLessThan(A_SMALL_PAGE);
    assertThat(Serialization.asJson(RedactedSecret.ofOthers(copy))).hasSizeLessThan(A_SMALL_PAGE);
    assertThat(TrustCopy.content(CacheProjection.of(map, SEAL))).isEqualTo(TrustCopy.content(map));
  }

  @Test
  void shouldKeepLittleOfWhatOthersAddToACopy() {
    // given
    Target target = target(TrustBundleKind.ConfigMap);
    RootCA ca = ca(target.bundle());
    HasMetadata whole = TrustCopy.create(ca, target, CONTENT, NOW, SEAL);
    annotations(whole).put("theirs", "x".repeat(200_000));
    annotations(whole).put(Keys.TRUSTS, "1" + ",x".repeat(50_000));
    annotations(whole).put(Keys.TRUST_SINCE, "x".repeat(50_000));
    data(whole).putAll(many());

    // then
    assertThat(Serialization.asJson(abridged(whole))).hasSizeLessThan(A_SMALL_PAGE);
    assertThat(TrustCopy.notes(abridged(whole), SEAL)).isPresent();
  }

  @ParameterizedTest
  @EnumSource(DeletionPolicy.class)
  void shouldKeepATrustConfigMapThatIsAsItWasWritten(DeletionPolicy policy) {
    // given
    RootCA ca = aRootCA();
    AdditionalEntries entries =
        new AdditionalEntries(new TreeMap<>(Map.of("0".repeat(32), List.of(OTHER))));
    TrustContent content = new TrustContent(new TreeMap<>(Map.of(1, ROOT)), entries);
    ConfigMap whole = TrustConfigMap.since(TrustConfigMap.of(ca, content, SEAL), NOW);
    annotations(whole).put("theirs", "x".repeat(200_000));
    whole
        .getMetadata()
        .setOwnerReferences(policy == DeletionPolicy.Delete ? List.of(owner("uid-of-root")) : null);

    // when
    ConfigMap abridged = CacheProjection.of(whole, SEAL);

    // then
    assertThat(TrustConfigMap.hasBundle(abridged)).isTrue();
    assertThat(abridged.getData()).isEqualTo(whole.getData());
    assertThat(TrustConfigMap.judge(ca, abridged, content, SEAL))
        .isEqualTo(TrustConfigMap.judge(ca, whole, content, SEAL));
    assertThat(TrustConfigMap.judge(ca, abridged, CONTENT, SEAL)).isEqualTo(Bundle.OUTDATED);
    assertThat(TrustConfigMap.entries(ca, abridged, SEAL)).isEqualTo(entries);
    assertThat(annotations(abridged))
        .containsEntry(Keys.TRUST_SINCE, NOW.toString())
        .doesNotContainKey("theirs");
  }

  @Test
  void shouldKeepNoTrustConfigMapThatIsNotAsItWasWritten() {
    // given
    RootCA ca = aRootCA();
    ConfigMap whole = TrustConfigMap.of(ca, CONTENT, SEAL);

    // then
    assertThat(keptOf(whole.edit().addToData("more", "mine").build())).isFalse();
    assertThat(keptOf(whole.edit().addToData("ca.crt", "mine").build())).isFalse();
    assertThat(keptOf(whole.edit().addToBinaryData("more", "AAAA").build())).isFalse();
    // its seal is good, and would be on a thousand others
    assertThat(keptOf(whole.edit().editMetadata().withName("another").endMetadata().build()))
        .isFalse();
  }

  @Test
  void shouldKnowASecretOfManyValuesAgain() {
    // given
    Secret many = new SecretBuilder().withMetadata(large()).withData(many()).build();
    Secret other = many.edit().addToData("value-7", "AAAB").build();

    // then
    assertThat(SecretData.digest(RedactedSecret.ofOthers(many)))
        .isEqualTo(SecretData.digest(RedactedSecret.of(many)))
        .isEqualTo(SecretData.digest(many))
        .isNotEqualTo(SecretData.digest(other));
  }

  // ---- what belongs to leaves and generations

  @Test
  void shouldKeepALeafsSecretAsItIs() {
    // given: a hundred CAs are trusted
    ServerCert leaf = aServerCert(it -> it.dnsNames("web.example"));
    Secret whole = leafSecret(leaf, Pem.write(ROOT).repeat(100));

    // when
    Secret kept = RedactedSecret.ofLeaf(whole, SEAL);

    // then
    assertThat(CachedMetadata.isShortened(kept)).isFalse();
    assertThat(kept).isEqualTo(RedactedSecret.of(whole));
  }

  @Test
  void shouldJudgeALeafsSecretThatOthersPaddedLikeTheWhole() {
    // given
    ServerCert leaf = aServerCert(it -> it.dnsNames("web.example"));
    for (Consumer<Secret> fate :
        List.<Consumer<Secret>>of(
            secret -> {},
            secret -> annotations(secret).put(Keys.TEMPLATE, "l:theirs"),
            secret -> annotations(secret).put(Keys.SEAL, "hmac-sha256:00"),
            secret -> secret.getMetadata().getLabels().remove(Keys.MANAGED_BY_LABEL),
            secret -> secret.getMetadata().setOwnerReferences(List.of()),
            secret -> secret.getMetadata().setOwnerReferences(List.of(owner("another"))),
            secret -> secret.setImmutable(true))) {
      Secret whole = leafSecret(leaf, Pem.write(ROOT).repeat(100));
      annotations(whole).put("theirs", "x".repeat(200_000));
      whole.getMetadata().getLabels().put("theirs", "x");
      fate.accept(whole);

      // when
      Secret kept = RedactedSecret.ofLeaf(whole, SEAL);

      // then
      assertThat(CachedMetadata.isShortened(kept)).isTrue();
      assertThat(annotations(kept)).doesNotContainKey("theirs");
      if (LeafSecret.isSealed(whole, SEAL)) {
        assertThat(LeafSecret.judge(leaf, kept, SEAL))
            .isEqualTo(LeafSecret.judge(leaf, whole, SEAL));
      } else {
        // of what is not as it was written, the certificates do not count
        assertThat(LeafSecret.judge(leaf, kept, SEAL).getClass())
            .isEqualTo(LeafSecret.judge(leaf, whole, SEAL).getClass());
      }
      assertThat(kept.getImmutable()).isEqualTo(whole.getImmutable());
      assertThat(RedactedSecret.ofLeaf(kept, SEAL)).isEqualTo(kept);
    }
  }

  @Test
  void shouldKeepLittleOfWhatOthersLabelLikeALeafs() {
    // given
    Secret planted =
        new SecretBuilder()
            .withMetadata(large())
            .addToData(Keys.TLS_CRT, "AAAA".repeat(100_000))
            .addToData(Keys.CA_CRT, "AAAA".repeat(100_000))
            .addToData(Keys.CROSS_CRT, "AAAA".repeat(20_000))
            .build();

    // when
    Secret kept = RedactedSecret.ofLeaf(planted, SEAL);

    // then
    assertThat(Serialization.asJson(kept)).hasSizeLessThan(A_SMALL_PAGE);
    assertThat(SecretData.digest(kept)).isEqualTo(SecretData.digest(planted));
  }

  @Test
  void shouldKeepAllThatCountsOnAGenerationThatOthersPadded() {
    // given
    Set<Fingerprint> many =
        IntStream.range(0, 500)
            .mapToObj(i -> Fingerprint.parse("sha256:" + String.format("%064x", i)).orElseThrow())
            .collect(Collectors.toSet());
    RootCA ca = aRootCA();
    CertificateAuthority authority = Issuance.rootCA(CertificateTemplate.of(ca), NOW);
    CaGeneration generation =
        new CaGeneration(
            1,
            CaPath.root(authority.certificate()),
            Optional.empty(),
            Optional.of("brought"),
            GenerationMilestones.none()
                .with(
                    it ->
                        it.signingSince(NOW)
                            .distributedAt(NOW)
                            .unusedSince(NOW)
                            .lastLeafNotAfter(NOW)
                            .rotate(Optional.of("again"))
                            .retires(3)
                            // none of many may be forgotten
                            .distrusts(many)));
    Secret whole =
        GenerationSecret.remember(
            GenerationSecret.read(
                    "shop",
                    "root",
                    GenerationSecret.create(ca, generation, authority.key(), "Created", SEAL),
                    SEAL)
                .orElseThrow(),
            7,
            Set.of(),
            0,
            SEAL);
    Set<String> ours = Set.copyOf(annotations(whole).keySet());
    annotations(whole).put("theirs", "x".repeat(200_000));

    // when
    Secret kept = CacheProjection.of(whole, SEAL);

    // then: what a milestone adds must be added to what the cache keeps
    assertThat(annotations(kept)).containsKeys(ours.toArray(String[]::new));
    assertThat(annotations(kept)).doesNotContainKey("theirs");
    assertThat(GenerationMetadata.isCurrent(ca, kept, 1)).isTrue();
    assertThat(GenerationSecret.read("shop", "root", kept, SEAL).orElseThrow().generation())
        .isEqualTo(GenerationSecret.read("shop", "root", whole, SEAL).orElseThrow().generation());
    assertThat(GenerationSecret.read("shop", "root", kept, SEAL).orElseThrow().proof())
        .isEqualTo(GenerationSecret.read("shop", "root", whole, SEAL).orElseThrow().proof())
        .isInstanceOf(GenerationSecret.Proof.Holds.class);
  }

  @Test
  void shouldKeepALeafsTrustThoughItsTruststoreIsBehind() {
    // given: of fewer and of more certificates than other notes have room for
    ServerCert leaf = aServerCert(it -> it.dnsNames("web.example"));
    for (int many : List.of(1, 300)) {
      Set<Fingerprint> held =
          IntStream.range(0, many)
              .mapToObj(i -> Fingerprint.parse("sha256:" + String.format("%064x", i)).orElseThrow())
              .collect(Collectors.toSet());
      Secret whole = leafSecret(leaf, Pem.write(ROOT).repeat(100), Optional.of(held));

      // when
      Secret kept = RedactedSecret.ofLeaf(whole, SEAL);

      // then
      assertThat(LeafSecret.isSealed(kept, SEAL)).isTrue();
      assertThat(LeafSecret.judge(leaf, kept, SEAL)).isEqualTo(LeafSecret.judge(leaf, whole, SEAL));
      assertThat(SecretData.text(kept, Keys.CA_CRT)).isEqualTo(SecretData.text(whole, Keys.CA_CRT));
    }
  }

  @Test
  void shouldKeepLittleOfNotesThatOthersMakeLong() {
    // given: of those that the operator writes, most are short
    ServerCert leaf = aServerCert(it -> it.dnsNames("web.example"));
    Secret whole = leafSecret(leaf, Pem.write(ROOT));
    Set<String> notes =
        Set.of(
            Keys.SEAL,
            Keys.REVISION,
            Keys.GENERATION,
            Keys.LAYOUT,
            Keys.ADDITIONAL_TRUST,
            Keys.ADMITTED_BY,
            Keys.ADMITTED_SEAL,
            Keys.TRUST_SINCE,
            Keys.TRUST_SOURCES_SEAL,
            Api.RENEW_ANNOTATION);
    notes.forEach(note -> annotations(whole).put(note, "x".repeat(16 * 1024)));

    // when
    Secret kept = RedactedSecret.ofLeaf(whole, SEAL);

    // then: what was asked for can still be told from anything else
    assertThat(Serialization.asJson(kept.getMetadata())).hasSizeLessThan(A_SMALL_PAGE);
    assertThat(LeafSecret.renew(kept)).isEqualTo(LeafSecret.renew(whole));
    assertThat(RedactedSecret.ofLeaf(kept, SEAL)).isEqualTo(kept);
  }

  private static Secret leafSecret(ServerCert leaf, String bundle) {
    return leafSecret(leaf, bundle, Optional.empty());
  }

  private static Secret leafSecret(
      ServerCert leaf, String bundle, Optional<Set<Fingerprint>> truststore) {
    return LeafSecret.of(
        leaf,
        new TreeMap<>(
            Map.of(
                Keys.TLS_CRT,
                Pem.write(OTHER).getBytes(StandardCharsets.UTF_8),
                Keys.CA_CRT,
                bundle.getBytes(StandardCharsets.UTF_8))),
        new LeafSecret.Notes(
            1, 1, "layout", "", new TreeSet<>(), TrustSources.unknown(), null, truststore, ""),
        null,
        NOW,
        SEAL);
  }

  private static boolean keptOf(ConfigMap map) {
    return TrustConfigMap.hasBundle(CacheProjection.of(map, SEAL));
  }

  private static HasMetadata abridged(HasMetadata whole) {
    return whole instanceof ConfigMap map
        ? CacheProjection.of(map, SEAL)
        : CacheProjection.of((Secret) whole, SEAL);
  }

  private static Map<String, String> data(HasMetadata object) {
    return object instanceof ConfigMap map ? map.getData() : ((Secret) object).getData();
  }

  private static Map<String, String> annotations(HasMetadata object) {
    return object.getMetadata().getAnnotations();
  }

  private static OwnerReference owner(String uid) {
    return new OwnerReferenceBuilder().withUid(uid).withName("root").withController(true).build();
  }

  /** Metadata as large as the API server allows and larger. */
  private static ObjectMeta large() {
    Map<String, String> labels = new HashMap<>();
    labels.put(Keys.KIND_LABEL, Keys.TRUST_BUNDLE);
    labels.put(Keys.ROOT_CA_LABEL, "root");
    labels.put(Keys.ROOT_CA_NAMESPACE_LABEL, "elsewhere");
    Map<String, String> annotations = new HashMap<>();
    for (String key :
        Set.of(Keys.SEAL, Keys.CONTENT, Keys.TRUST_SINCE, Keys.TEMPLATE, Keys.TRUSTS, "theirs")) {
      annotations.put(key, "l:x,".repeat(10_000));
    }
    List<OwnerReference> owners = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      labels.put("label-" + i, "x".repeat(63));
      owners.add(new OwnerReferenceBuilder().withUid("u".repeat(1000) + i).withName("n").build());
    }
    ObjectMeta metadata = new ObjectMeta();
    metadata.setNamespace("tenant");
    metadata.setName("large");
    metadata.setLabels(labels);
    metadata.setAnnotations(annotations);
    metadata.setOwnerReferences(owners);
    metadata.setFinalizers(List.of("f".repeat(100_000)));
    return metadata;
  }

  private static Map<String, String> many() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 5000; i++) {
      many.put("value-" + i, "AAAA");
    }
    return many;
  }

  private static Target target(TrustBundleKind kind) {
    TrustBundle bundle =
        new TrustBundle(
            kind,
            BUNDLE.name(),
            null,
            BUNDLE.keys(),
            null,
            null,
            BUNDLE.labels(),
            BUNDLE.annotations());
    return new Target(bundle, TrustPlace.in("there", kind, bundle.name()));
  }

  private static TrustContent content(List<X509Certificate> additional) {
    return new TrustContent(new TreeMap<>(Map.of(1, ROOT)), additional);
  }

  private static X509Certificate root() {
    CertificateAuthority authority = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
    return authority.certificate();
  }
}
