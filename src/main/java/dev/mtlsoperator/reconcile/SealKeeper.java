package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;

/**
 * Keeps the seal's key in an immutable Secret of the operator's own namespace: created once, never
 * replaced.
 */
public final class SealKeeper {
  /** Name of that Secret. */
  public static final String NAME = "mtls-operator-seal";

  private static final String KEY = "key";
  private static final int KEY_BYTES = 32;

  private SealKeeper() {}

  /**
   * The seal; its key, and the namespace, are created when missing.
   *
   * @throws IllegalStateException when a Secret under that name holds no key
   */
  public static Seal open(KubernetesClient client, String operatorNamespace) {
    Secret found = client.secrets().inNamespace(operatorNamespace).withName(NAME).get();
    return read(found == null ? create(client, operatorNamespace) : found);
  }

  private static Secret create(KubernetesClient client, String namespace) {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(NAME)
            .withLabels(Map.of(Keys.MANAGED_BY_LABEL, Keys.MANAGED_BY))
            .endMetadata()
            .withType(Keys.TYPE_SEAL)
            .withImmutable(true)
            .withData(Map.of(KEY, Base64.getEncoder().encodeToString(key)))
            .build();
    try {
      return create(client, secret);
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e)) {
        // another replica was first: its key is the key
        return client.secrets().inNamespace(namespace).withName(NAME).require();
      }
      throw e;
    }
  }

  private static Secret create(KubernetesClient client, Secret secret) {
    try {
      return client.resource(secret).create();
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isNotFound(e)) {
        throw e;
      }
      createNamespace(client, secret.getMetadata().getNamespace());
      return client.resource(secret).create();
    }
  }

  private static void createNamespace(KubernetesClient client, String namespace) {
    try {
      client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
          .create();
    } catch (KubernetesClientException e) {
      // another replica was first, or we may not: then the Secret's creation tells what is wrong
      if (!ApiErrors.isConflict(e) && !ApiErrors.isForbidden(e)) {
        throw e;
      }
    }
  }

  private static Seal read(Secret secret) {
    String key = secret.getData() == null ? null : secret.getData().get(KEY);
    if (key == null || !Keys.TYPE_SEAL.equals(secret.getType())) {
      throw new IllegalStateException(
          "Secret '"
              + NAME
              + "' in namespace '"
              + secret.getMetadata().getNamespace()
              + "' is not the seal's: restore it from a backup, or delete it to have a new key (CAs must then be adopted again)");
    }
    return new Seal(Base64.getDecoder().decode(key));
  }
}
