package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Nginx;
import dev.mtlsoperator.consumers.PemFiles;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Verifiers that ask over HTTP, where the certificate tells them to, learn what is revoked. */
@Timeout(180)
final class AskedRevocationIT {
  private static final Set<Option> BY_OCSP = Set.of(Option.NO_FALLBACK);
  private static final Set<Option> BY_CRL = Set.of(Option.PREFER_CRLS, Option.NO_FALLBACK);

  private final Scene scene = Scene.begin("asked");
  private final String site = "http://localhost:" + RunningOperator.shared().crlPort();

  @TempDir private Path folder;

  @Test
  void shouldTellWhoeverAsks() throws Exception {
    // given
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    scene.apply(asked(), serverCert("web"), clientCert("lost"));
    scene.readyServer("web");
    scene.readyClient("lost");
    X509Certificate root = write(scene.secret("web"), "web");
    write(scene.secret("lost"), "lost");
    X509Certificate web = Scene.certificate(scene.secret("web"));
    X509Certificate lost = Scene.certificate(scene.secret("lost"));

    // then
    assertThat(openssl.run(folder, "x509", "-in", "web/tls.crt", "-noout", "-text").output())
        .contains("URI:" + crl(), "OCSP - URI:" + site + "/ocsp");
    eventually(() -> assertThat(asks(openssl, "lost")).contains("lost/tls.crt: good"));
    assertThat(asks(openssl, "lost")).contains("Response verify OK");
    validate(lost, root, BY_OCSP);

    // when
    scene.apply(clientCert("lost").with("spec.revoked.reason", "KeyCompromise"));

    // then
    eventually(
        () ->
            assertThat(asks(openssl, "lost"))
                .contains("Response verify OK", "lost/tls.crt: revoked", "Reason: keyCompromise"));
    assertThat(asks(openssl, "web")).contains("Response verify OK", "web/tls.crt: good");
    assertThat(fetches(openssl, "web")).contains("web/tls.crt: OK");
    assertThat(fetches(openssl, "lost")).contains("certificate revoked");
    for (Set<Option> how : List.of(BY_OCSP, BY_CRL)) {
      validate(web, root, how);
      assertThatThrownBy(() -> validate(lost, root, how))
          .isInstanceOfSatisfying(
              CertPathValidatorException.class,
              why -> assertThat(why.getReason()).isEqualTo(BasicReason.REVOKED));
    }
    try (Nginx nginx =
        Nginx.stapling(
            Files.createDirectory(folder.resolve("nginx")),
            "web.example.org",
            PemFiles.ofSecret(folder.resolve("web")))) {
      eventually(
          () ->
              assertThat(stapled(openssl, nginx))
                  .contains("OCSP Response Status: successful", "Cert Status: good"));
    }

    // when it is not asked for any more, and other places are named
    scene.apply(
        rootCA("root")
            .with(
                "spec.revocation.distributionPoints",
                List.of("http://crl.example.org/{generation}.crl")));

    // then
    eventually(() -> assertThat(asks(openssl, "web")).contains("unauthorized (6)"));
    scene.readyServer("web");
    assertThat(Scene.certificate(scene.secret("web"))).isEqualTo(web);
  }

  private Manifest asked() {
    return rootCA("root")
        .with(
            "spec.revocation",
            Map.of(
                "ocsp",
                true,
                "distributionPoints",
                List.of(site + "/{namespace}/{name}/{generation}.crl")));
  }

  private String crl() {
    return site + "/" + scene.namespace() + "/root/1.crl";
  }

  // as Secrets are mounted
  private X509Certificate write(Secret secret, String name) throws IOException {
    Path files = Files.createDirectory(folder.resolve(name));
    for (String key : List.of("tls.crt", "tls.key", "ca.crt")) {
      Files.writeString(files.resolve(key), Scene.text(secret, key));
    }
    return Pem.readCertificates(Scene.text(secret, "ca.crt")).get(0);
  }

  private String asks(Consumer openssl, String name) {
    return openssl
        .run(
            folder,
            "ocsp",
            "-issuer",
            name + "/ca.crt",
            "-cert",
            name + "/tls.crt",
            "-CAfile",
            name + "/ca.crt",
            "-url",
            site + "/ocsp")
        .output();
  }

  private String fetches(Consumer openssl, String name) {
    return openssl
        .run(
            folder,
            "verify",
            "-crl_check",
            "-crl_download",
            "-CAfile",
            name + "/ca.crt",
            name + "/tls.crt")
        .output();
  }

  private String stapled(Consumer openssl, Nginx nginx) {
    return openssl
        .run(
            folder,
            "s_client",
            "-connect",
            "127.0.0.1:" + nginx.port(),
            "-servername",
            "web.example.org",
            "-status")
        .output();
  }

  private static void validate(X509Certificate leaf, X509Certificate root, Set<Option> how)
      throws GeneralSecurityException {
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(how);
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.addCertPathChecker(checker);
    var unused =
        validator.validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf)), parameters);
  }
}
