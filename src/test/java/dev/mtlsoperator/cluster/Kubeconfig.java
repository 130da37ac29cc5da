package dev.mtlsoperator.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The text of kubeconfig files: one cluster, one user, one context. */
record Kubeconfig(String server, String caPem) {
  /** For a client certificate; {@code keyPem} in SEC1 or PKCS#8. */
  String withCertificate(String certificatePem, String keyPem) {
    return text(
        """
            client-certificate-data: %s
            client-key-data: %s
        """
            .formatted(base64(certificatePem), base64(keyPem)));
  }

  /** For a ServiceAccount's token. */
  String withToken(String token) {
    return text("    token: " + token + "\n");
  }

  private String text(String user) {
    return """
        apiVersion: v1
        kind: Config
        clusters:
        - name: embedded
          cluster:
            server: %s
            certificate-authority-data: %s
        contexts:
        - name: embedded
          context:
            cluster: embedded
            user: embedded
        current-context: embedded
        users:
        - name: embedded
          user:
        """
            .formatted(server, base64(caPem))
        + user;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
