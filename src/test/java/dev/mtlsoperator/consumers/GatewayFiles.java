package dev.mtlsoperator.consumers;

import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;

/**
 * What a gateway that looks at CRLs reads at one time, as PEM.
 *
 * @param chain it serves with this one
 * @param key of its certificate
 * @param cas whose clients may come in
 * @param crls of these CAs
 */
public record GatewayFiles(String chain, String key, String cas, String crls) {
  /**
   * From the Secret of a ServerCert and a copy of a trust bundle with keys {@code ca.crt} and
   * {@code ca.crl}.
   */
  public static GatewayFiles of(Secret server, Secret clients) {
    return of(server, Scene.text(clients, "ca.crt"), Scene.text(clients, "ca.crl"));
  }

  /** The same with a copy that is a ConfigMap. */
  public static GatewayFiles of(Secret server, ConfigMap clients) {
    return of(server, clients.getData().get("ca.crt"), clients.getData().get("ca.crl"));
  }

  private static GatewayFiles of(Secret server, String cas, String crls) {
    return new GatewayFiles(
        Scene.text(server, "tls.crt"), Scene.text(server, "tls.key"), cas, crls);
  }

  @Override
  public String toString() {
    return "GatewayFiles[key withheld]";
  }
}
