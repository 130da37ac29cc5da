package dev.mtlsoperator.reconcile.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.LastLeafExpiryRecorder;
import dev.mtlsoperator.reconcile.context.LiveGenerations;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.context.SigningKeys;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.cache.CacheProjection;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often the looks of one run, from caches and from the API server, parse a generation. */
@Tag("network")
@Timeout(60)
@EnableKubernetesMockClient(crud = true, https = false)
final class GenerationReadsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);

  /** A reader with this one accepts nothing but what it has read already. */
  private static final Seal NOBODYS =
      new Seal("another seal's key of 32 bytes..".getBytes(StandardCharsets.US_ASCII));

  private static final RootCA ROOT = aRootCA();
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(CertificateTemplate.of(ROOT), NOW);

  private final Set<Object> parsed = Collections.newSetFromMap(new IdentityHashMap<>());
  private KubernetesClient client;

  @BeforeEach
  void createTwoGenerations() {
    for (int number = 1; number <= 2; number++) {
      client.resource(generation(number)).create();
    }
  }

  @Test
  void shouldParseAGenerationOnceInARunOfItsCa() {
    // given
    GenerationReader reader = new GenerationReader(SEAL);
    GenerationSearch search = new GenerationSearch(reader, context());
    SigningKeys keys = new SigningKeys(client);

    // when: each step looks at the cache, and some at the API server
    for (int step = 1; step <= 4; step++) {
      List<Sealed> cached = note(GenerationSecrets.sealed(cached(), "shop", "root", reader));
      assertThat(cached).hasSize(2);
      cached.forEach(generation -> assertThat(keys.of("root", generation, reader)).isPresent());
      assertThat(note(search.find(ROOT, 0).sealed())).hasSize(2);
    }

    // then
    assertThat(parsed).hasSize(2);

    // when: a milestone is written
    Sealed second = search.find(ROOT, 0).sealed().get(1);
    client
        .resource(
            GenerationSecret.withMilestones(
                second, GenerationMilestones.none().with(it -> it.distributedAt(NOW)), SEAL))
        .update();
    for (int step = 5; step <= 8; step++) {
      note(GenerationSecrets.sealed(cached(), "shop", "root", reader));
      List<Sealed> live = note(search.find(ROOT, 0).sealed());
      assertThat(live.get(1).generation().milestones().distributedAt()).contains(NOW);
      // who writes it sends the key as well
      assertThat(live).allMatch(it -> !it.secret().getData().get(Keys.TLS_KEY).startsWith("sha"));
    }

    // then
    assertThat(parsed).hasSize(3);

    // and another run parses them itself
    note(GenerationSecrets.sealed(cached(), "shop", "root", new GenerationReader(SEAL)));
    assertThat(parsed).hasSize(5);
  }

  @Test
  void shouldNotCheckTheSealOfAGenerationAgainInARunOfALeaf() {
    // given: what all runs know from the cache
    List<Secret> found = cached();
    List<Sealed> known =
        GenerationSecrets.sealed(found, "shop", "root", new GenerationReader(SEAL));
    GenerationReader reader = new GenerationReader(NOBODYS);
    reader.learn(known);

    // then
    assertThat(confirm(found, known, reader)).isTrue();
    assertThat(new SigningKeys(client).of("root", known.get(0), reader)).isPresent();
    new LastLeafExpiryRecorder(client, SEAL)
        .reach("root", known.get(0), AUTHORITY.certificate(), reader);

    // and of a later version it is
    assertThat(confirm(found, known, reader)).isFalse();
    assertThat(new SigningKeys(client).of("root", known.get(0), reader)).isEmpty();
    assertThatThrownBy(
            () ->
                new LastLeafExpiryRecorder(client, SEAL)
                    .reach("root", known.get(0), AUTHORITY.certificate(), reader))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("not as this operator wrote it");
    assertThat(confirm(found, known, new GenerationReader(SEAL))).isTrue();
  }

  private boolean confirm(List<Secret> found, List<Sealed> known, GenerationReader reader) {
    ReportedStatus nothing = ReportedStatus.nothing();
    return new LiveGenerations(client)
        .confirm(
            "shop",
            "root",
            GenerationSecrets.generations(known, found, nothing),
            reader,
            nothing,
            Duration.ofHours(1));
  }

  private List<Sealed> note(List<Sealed> looks) {
    looks.forEach(look -> parsed.add(look.generation()));
    return looks;
  }

  // as a watch has it
  private List<Secret> cached() {
    List<Secret> all = new ArrayList<>(client.secrets().inNamespace("shop").list().getItems());
    all.replaceAll(secret -> CacheProjection.of(secret, SEAL));
    return all;
  }

  // the search needs the client only
  private ReconcileContext context() {
    return new ReconcileContext(
        client, null, null, null, null, SEAL, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null);
  }

  private static Secret generation(int number) {
    return GenerationSecret.create(
        ROOT,
        new CaGeneration(
            number,
            CaPath.root(AUTHORITY.certificate()),
            Optional.empty(),
            Optional.empty(),
            number == 1
                ? GenerationMilestones.none().with(it -> it.signingSince(NOW))
                : GenerationMilestones.none()),
        AUTHORITY.key(),
        "Created",
        SEAL);
  }
}
