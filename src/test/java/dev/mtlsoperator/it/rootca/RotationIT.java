package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.reason;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lifecycle of a CA on a real API server, with overlaps of seconds. */
@Timeout(180)
final class RotationIT {
  private static final Duration OVERLAP = Duration.ofSeconds(2);

  @TempDir Path folder;

  private final Scene scene = Scene.begin("rotation");

  private static Manifest root() {
    return rootCA("root").with("spec.rotation.overlap", OVERLAP.toSeconds() + "s");
  }

  @Test
  void shouldRotateWhenAskedToAndTellEachPhase() {
    // given
    scene.apply(root(), serverCert("web"), clientCert("partner"));
    ServerCert before = scene.readyServer("web");
    scene.readyClient("partner");
    scene.readyRootCA("root");
    Secret first = scene.secret("root-ca-1");

    // when
    annotate("rotate", "now");

    // then: trusted before it signs
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Distributing));
    assertThat(rotation().next()).startsWith("generation 2 signs ");
    eventually(() -> assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(2));
    Secret web = scene.secret("web");
    assertThat(SecretData.certificates(web, "ca.crt")).hasSizeBetween(1, 2);
    eventually(() -> assertThat(scene.client("partner").getStatus().caGeneration()).isEqualTo(2));

    // then: it is the only one
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
    assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty();
    X509Certificate second = SecretData.certificates(scene.secret("root-ca-2"), "tls.crt").get(0);
    assertThat(trustBundle()).containsExactly(second);
    assertThat(SecretData.certificates(scene.secret("web"), "ca.crt")).containsExactly(second);
    assertThat(SecretData.certificates(scene.secret("partner"), "ca.crt")).containsExactly(second);
    RootCA root = scene.readyRootCA("root");
    assertThat(root.getStatus().rotate()).isEqualTo("now");
    assertThat(root.getStatus().generations())
        .singleElement()
        .satisfies(
            g -> {
              assertThat(g.generation()).isEqualTo(2);
              assertThat(g.state()).isEqualTo(GenerationState.Signing);
              assertThat(g.certificate()).isEqualTo(Pem.write(second));
            });
    ServerCert after = scene.readyServer("web");
    assertThat(after.getStatus().revision()).isEqualTo(2);
    assertThat(after.getStatus().lastIssuance().reason()).isEqualTo("CARotated");
    assertThat(Scene.condition(after.getStatus().conditions(), "Ready").orElseThrow())
        .extracting(c -> c.lastTransitionTime())
        .isEqualTo(
            Scene.condition(before.getStatus().conditions(), "Ready")
                .orElseThrow()
                .lastTransitionTime());
    eventually(
        () ->
            assertThat(scene.events(root))
                .extracting(Event::getReason)
                .contains("RotationRequested", "Distributing", "Migrating", "Stable", "Retired"));
    assertThat(scene.events(root)).extracting(Event::getType).containsOnly("Normal");
    assertThat(first.getImmutable()).isTrue();
    assertThat(scene.kubectl("get", "rca").orThrow().lines().toList().get(1))
        .matches("root +True +2 +Stable +20.*");
  }

  @Test
  void shouldFollowAnEditedKeyAndLeaveCertificatesUntilTheirRenewal() {
    // given
    scene.apply(root(), serverCert("web"), serverCert("shop"));
    ServerCert before = scene.readyServer("web");
    scene.readyServer("shop");

    // when
    scene.apply(root().with("spec.privateKey.size", 384));

    // then
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Migrating));
    scene.readyRootCA("root");
    assertThat(generations())
        .extracting(Generation::state)
        .containsExactly(GenerationState.Retiring, GenerationState.Signing);
    assertThat(rotation().next()).startsWith("generation 1 leaves the trust bundles ");
    assertThat(rotation().leavesPending()).isEqualTo(2);
    assertThat(trustBundle()).hasSize(2);
    assertThat(scene.server("web").getStatus()).isEqualTo(before.getStatus());

    // when
    scene
        .kubectl("annotate", "servercert/web", "mtls-operator.dev/renew=now", "--overwrite")
        .orThrow();

    // then
    assertThat(scene.reissued(before).getStatus().caGeneration()).isEqualTo(2);
    assertThat(SecretData.certificates(scene.secret("web"), "ca.crt")).hasSize(2);
    assertThat(scene.server("shop").getStatus().caGeneration()).isEqualTo(1);
  }

  @Test
  void shouldTakeASecondRequestForTheSameRotation() {
    // given
    scene.apply(rootCA("root").with("spec.rotation.overlap", "5s"), serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
    annotate("rotate", "one");
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Distributing));

    // when
    annotate("rotate", "two");

    // then
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
    assertThat(generations()).extracting(Generation::generation).containsExactly(2);
    assertThat(scene.caStatus("root").rotate()).isEqualTo("two");

    // when: nothing new is asked for
    annotate("another", "annotation");

    // then
    always(OVERLAP, () -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
  }

  @Test
  void shouldWithdrawASuccessorThatIsNotWantedAnyMore() {
    // given
    Manifest patient = rootCA("root").with("spec.rotation.overlap", "1h");
    scene.apply(patient, serverCert("web"));
    ServerCert web = scene.readyServer("web");
    scene.apply(rootCA("root").with("spec.rotation.overlap", "1h").with("spec.commonName", "slip"));
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Distributing));
    eventually(() -> assertThat(trustBundle()).hasSize(2));

    // when
    scene.apply(patient);

    // then
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
    assertThat(generations()).extracting(Generation::generation).containsExactly(1);
    assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
    assertThat(trustBundle()).hasSize(1);
    scene.readyRootCA("root");
    assertThat(scene.server("web").getStatus()).isEqualTo(web.getStatus());
  }

  @Test
  void shouldMoveNothingUntilToldToAndSendACrossCertificateMeanwhile() throws IOException {
    // given
    scene.apply(
        root().with("spec.rotation.advance", "Manual").with("spec.rotation.crossCertificate", true),
        serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
    Path old = Files.writeString(folder.resolve("old.pem"), Pem.write(trustBundle()));
    annotate("rotate", "now");
    eventually(() -> assertThat(generations()).hasSize(2));

    // then
    eventually(
        () ->
            assertThat(rotation().blockedBy())
                .containsExactly(
                    "rotation.advance is Manual: annotate this RootCA with mtls-operator.dev/advance="
                        + generations().get(1).fingerprint()));
    always(
        OVERLAP.multipliedBy(2),
        () -> assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(1));

    // when
    annotate("advance", generations().get(1).fingerprint());

    // then: verifiers that know only the old root accept it
    eventually(() -> assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(2));
    Secret web = scene.secret("web");
    List<X509Certificate> chain = SecretData.certificates(web, "tls.crt");
    assertThat(chain).hasSize(2);
    Path leaf = Files.writeString(folder.resolve("leaf.pem"), Pem.write(chain.get(0)));
    Path cross = Files.writeString(folder.resolve("cross.pem"), Pem.write(chain.get(1)));
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    assertThat(
            openssl
                .run(
                    folder,
                    "verify",
                    "-x509_strict",
                    "-CAfile",
                    old.toString(),
                    "-untrusted",
                    cross.toString(),
                    leaf.toString())
                .orThrow()
                .output())
        .contains("OK");
    assertThat(openssl.run(folder, "verify", "-CAfile", old.toString(), leaf.toString()).exitCode())
        .isNotZero();
    eventually(
        () ->
            assertThat(rotation().blockedBy())
                .anySatisfy(why -> assertThat(why).endsWith(generations().get(0).fingerprint())));
    assertThat(trustBundle()).hasSize(2);

    // when
    annotate("advance", generations().get(0).fingerprint());

    // then
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
    assertThat(trustBundle()).hasSize(1);
  }

  @Test
  void shouldDistrustAtOnceAndNeverAdoptAgain() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");
    scene.readyRootCA("root");
    Generation condemned = generations().get(0);
    Secret backup = scene.secret("root-ca-1");

    // when
    annotate("distrust", condemned.fingerprint());

    // then
    assertThat(scene.reissued(before).getStatus().caGeneration()).isEqualTo(2);
    assertThat(scene.secret("web").getMetadata().getAnnotations())
        .containsKey("mtls-operator.dev/trust-since");
    eventually(
        () -> {
          assertThat(generations()).extracting(Generation::generation).containsExactly(2);
          assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable);
        });
    assertThat(trustBundle()).hasSize(1);
    assertThat(Pem.write(trustBundle())).isNotEqualTo(condemned.certificate());
    eventually(
        () ->
            assertThat(scene.events(scene.rootCA("root")))
                .anySatisfy(
                    e -> {
                      assertThat(e.getType()).isEqualTo("Warning");
                      assertThat(e.getReason()).isEqualTo("Distrusted");
                      assertThat(e.getMessage()).contains("generation 1", "handshakes may fail");
                    }));

    // when: it is restored from a backup and adopted
    backup.getMetadata().setResourceVersion(null);
    backup.getMetadata().setUid(null);
    scene.create(backup);
    annotate("adopt", condemned.fingerprint());

    // then
    eventually(() -> assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty());
    assertThat(trustBundle()).hasSize(1);
    assertThat(Pem.write(trustBundle())).isNotEqualTo(condemned.certificate());
  }

  @Test
  void shouldTellThatACAWhoseKeyIsLostIsReplacedOnlyWhenAsked() {
    // given
    scene.apply(root(), serverCert("web"));
    ServerCert before = scene.readyServer("web");
    scene.readyRootCA("root");
    scene.deleteSecret("root-ca-1");
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));

    // when
    annotate("rotate", "it is lost for good");

    // then
    assertThat(scene.reissued(before).getStatus().caGeneration()).isEqualTo(2);
    scene.readyRootCA("root");
    assertThat(trustBundle()).hasSize(1);
  }

  @Test
  void shouldStayTrustedWhileALeafThatRefersElsewhereServesItsCertificate() {
    // given
    scene.apply(root(), serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
    scene.apply(serverCert("web").with("spec.rootCARef.name", "nowhere"));
    eventually(
        () ->
            assertThat(reason(scene.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEqualTo("CANotAvailable"));

    // when
    annotate("rotate", "now");

    // then: the next one signs, and certificates of the first one are served and trusted for more
    // than an overlap
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Migrating));
    always(
        OVERLAP.plusSeconds(4),
        () -> {
          assertThat(trustBundle()).hasSize(2);
          assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(1);
        });
    assertThat(rotation().leavesPending()).isEqualTo(1);

    // when it comes back
    scene.apply(serverCert("web"));

    // then
    eventually(() -> assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(2));
    eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
    assertThat(trustBundle()).hasSize(1);
  }

  private RotationStatus rotation() {
    return Optional.ofNullable(scene.caStatus("root").rotation())
        .orElseThrow(() -> new AssertionError("no status.rotation"));
  }

  private List<Generation> generations() {
    return scene.caStatus("root").generations();
  }

  private List<X509Certificate> trustBundle() {
    return Pem.readCertificates(scene.configMap("root-trust").getData().get("ca.crt"));
  }

  private void annotate(String key, String value) {
    scene
        .kubectl("annotate", "rootca/root", "mtls-operator.dev/" + key + "=" + value, "--overwrite")
        .orThrow();
  }
}
