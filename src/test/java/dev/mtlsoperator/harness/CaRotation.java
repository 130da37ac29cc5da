package dev.mtlsoperator.harness;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.pki.encoding.Pem;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;

/** A rotation that a user asks for, from its start to its end. */
public final class CaRotation {
  private CaRotation() {}

  /**
   * Asks for it; returns when {@code ca.crt} of a Secret has had both CAs and has only the next
   * one.
   *
   * @param patience for the end, from when both were there
   */
  public static void complete(Scene scene, String ca, String secret, Duration patience) {
    X509Certificate before = cas(scene, secret).get(0);
    // a value that it has not seen
    String rotate = "mtls-operator.dev/rotate=" + before.getSerialNumber();
    scene.kubectl("annotate", "--overwrite", "rca/" + ca, rotate).orThrow();
    eventually(() -> assertThat(cas(scene, secret)).hasSize(2));
    eventually(
        patience,
        () -> {
          RotationStatus rotation = scene.caStatus(ca).rotation();
          assertThat(rotation).isNotNull();
          assertThat(rotation.phase()).isEqualTo(RotationPhase.Stable);
          assertThat(cas(scene, secret)).hasSize(1).doesNotContain(before);
        });
  }

  private static List<X509Certificate> cas(Scene scene, String secret) {
    return Pem.readCertificates(Scene.text(scene.secret(secret), "ca.crt"));
  }
}
