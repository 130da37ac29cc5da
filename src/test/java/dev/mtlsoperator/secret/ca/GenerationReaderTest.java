package dev.mtlsoperator.secret.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * One parse of each version of a Secret. A parse makes a certificate, so certificates are counted.
 */
final class GenerationReaderTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA ROOT = aRootCA();
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(CertificateTemplate.of(ROOT), NOW);

  private final GenerationReader reader = new GenerationReader(SEAL);

  @Test
  void shouldParseEachVersionOnce() {
    // given: two generations, of which the second is written once
    List<Secret> versions =
        List.of(version(1, "uid-1", "10"), version(2, "uid-2", "11"), version(2, "uid-2", "12"));

    // when
    List<Sealed> looks =
        IntStream.range(0, 5)
            .boxed()
            .flatMap(look -> versions.stream().map(GenerationReaderTest::copy))
            .map(secret -> read(secret).orElseThrow())
            .toList();

    // then
    assertThat(parses(looks)).isEqualTo(3);
    assertThat(looks).allMatch(found -> found.proof() instanceof Proof.Holds);
  }

  @Test
  void shouldGiveEachLookTheSecretThatItSees() {
    // given: the cache holds a digest of the key, the API server the key
    Secret live = version(1, "uid", "10");
    Secret cached = with(live, Keys.TLS_KEY, "sha256:0123");

    List<Sealed> looks =
        Stream.of(cached, live, cached).map(secret -> read(secret).orElseThrow()).toList();

    assertThat(looks).extracting(Sealed::secret).containsExactly(cached, live, cached);
    assertThat(parses(looks)).isOne();
  }

  @Test
  void shouldParseAnewWhatTheApiServerCallsDifferent() {
    List<Sealed> looks =
        Stream.of(
                version(1, "uid", "10"),
                version(1, "uid", "11"),
                // deleted and put back
                version(1, "another", "10"))
            .map(secret -> read(secret).orElseThrow())
            .toList();

    assertThat(parses(looks)).isEqualTo(3);
  }

  @Test
  void shouldRefuseALaterVersionThatIsNotSealed() {
    Secret first = version(1, "uid", "10");
    assertThat(read(first)).isPresent();

    Secret forged = with(version(1, "uid", "11"), Keys.TLS_CRT, otherCertificate());

    assertThat(read(forged)).isEmpty();
    assertThat(read(first)).isPresent();
  }

  @Test
  void shouldReadALaterVersionsNotes() {
    Sealed first = read(version(1, "uid", "10")).orElseThrow();
    GenerationMilestones signs = GenerationMilestones.none().with(it -> it.signingSince(NOW));
    Secret noted = GenerationSecret.withMilestones(first, signs, SEAL);

    // then: whether or not the API server has taken it yet
    assertThat(read(noted).orElseThrow().generation().milestones()).isEqualTo(signs);
    noted.getMetadata().setResourceVersion("11");
    assertThat(read(noted).orElseThrow().generation().milestones()).isEqualTo(signs);
    assertThat(read(version(1, "uid", "10")).orElseThrow().generation().milestones())
        .isEqualTo(GenerationMilestones.none());
  }

  @Test
  void shouldJudgeAShortenedCopyByWhatItKept() {
    Secret whole = version(1, "uid", "10");
    assertThat(read(whole)).isPresent();

    assertThat(read(with(whole, Keys.TLS_CRT, "sha256:0123"))).isEmpty();
    Secret keyless = copy(whole);
    keyless.setData(Map.of(Keys.TLS_CRT, whole.getData().get(Keys.TLS_CRT)));
    assertThat(read(keyless)).isEmpty();
  }

  @Test
  void shouldParseEachTimeWhatIsNotOfTheApiServer() {
    List<Sealed> looks =
        Stream.of(version(1, null, "10"), version(1, "uid", null), version(1, "", ""))
            .flatMap(secret -> Stream.of(secret, secret))
            .map(secret -> read(secret).orElseThrow())
            .toList();

    assertThat(parses(looks)).isEqualTo(6);
  }

  @Test
  void shouldAnswerForTheRootCAThatIsAskedFor() {
    Secret secret = version(1, "uid", "10");
    assertThat(read(secret)).isPresent();

    assertThat(reader.read("shop", "roo", secret)).isEmpty();
    assertThat(reader.read("bank", "root", secret)).isEmpty();
  }

  @Test
  void shouldTakeOverWhatWasReadBeforeAndKeepNothingForOthers() {
    Secret secret = version(1, "uid", "10");
    Sealed before = read(secret).orElseThrow();

    // when: this one would find no seal of its own
    GenerationReader later =
        new GenerationReader(
            new Seal("another seal's key of 32 bytes..".getBytes(StandardCharsets.US_ASCII)));
    assertThat(later.read("shop", "root", secret)).isEmpty();
    later.learn(List.of(before));

    // then
    assertThat(parses(List.of(before, later.read("shop", "root", secret).orElseThrow()))).isOne();
    assertThat(later.read("shop", "root", version(1, "uid", "11"))).isEmpty();
  }

  private Optional<Sealed> read(Secret secret) {
    return reader.read("shop", "root", secret);
  }

  private static int parses(Collection<Sealed> looks) {
    Set<Object> parsed = Collections.newSetFromMap(new IdentityHashMap<>());
    looks.forEach(look -> parsed.add(look.generation()));
    return parsed.size();
  }

  private static Secret version(int number, String uid, String resourceVersion) {
    Secret secret =
        GenerationSecret.create(
            ROOT,
            new CaGeneration(
                number,
                CaPath.root(AUTHORITY.certificate()),
                Optional.empty(),
                Optional.empty(),
                GenerationMilestones.none()),
            AUTHORITY.key(),
            "Created",
            SEAL);
    secret.getMetadata().setUid(uid);
    secret.getMetadata().setResourceVersion(resourceVersion);
    return secret;
  }

  private static Secret copy(Secret secret) {
    return secret.edit().build();
  }

  private static Secret with(Secret secret, String key, String value) {
    return secret.edit().addToData(key, value).build();
  }

  private static String otherCertificate() {
    return GenerationSecret.create(
            ROOT,
            new CaGeneration(
                1,
                CaPath.root(Issuance.rootCA(CertificateTemplate.of(ROOT), NOW).certificate()),
                Optional.empty(),
                Optional.empty(),
                GenerationMilestones.none()),
            AUTHORITY.key(),
            "Created",
            SEAL)
        .getData()
        .get(Keys.TLS_CRT);
  }
}
