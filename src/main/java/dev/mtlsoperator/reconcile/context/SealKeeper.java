package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Keeps the seal's key in an immutable Secret of the operator's own namespace, which is created
 * once and never replaced.
 */
public final class SealKeeper {
  /** Name of that Secret. */
  public static final String NAME = "mtls-operator-seal";

  private static final String KEY = "key";
  private static final int KEY_BYTES = 32;
  private static final int MOST_NAMED = 4;

  private SealKeeper() {}

  /**
   * Opens the seal. Its key, and the namespace, are created if missing, unless CAs exist that were
   * sealed with another key.
   *
   * @param namespaces that are watched; empty: all
   * @throws IllegalStateException when a Secret under that name holds no key, or another key is
   *     missing
   */
  public static Seal open(
      KubernetesClient client, String operatorNamespace, Set<String> namespaces) {
    Secret found = client.secrets().inNamespace(operatorNamespace).withName(NAME).get();
    if (found != null) {
      return read(found);
    }
    List<String> sealed = sealed(client, namespaces);
    if (!sealed.isEmpty()) {
      throw new IllegalStateException(missed(operatorNamespace, sealed));
    }
    return read(create(client, operatorNamespace));
  }

  // counts CAs whose status lists generations, which tenants cannot write: labelling a Secret like
  // a generation must not prevent the operator's installation
  private static List<String> sealed(KubernetesClient client, Set<String> namespaces) {
    Set<CAName> told = withGenerations(client, namespaces);
    if (told.isEmpty()) {
      return List.of();
    }
    Set<String> found = new TreeSet<>();
    Consumer<Secret> look =
        secret -> {
          if (found.size() < MOST_NAMED && isSealedGeneration(told, secret)) {
            found.add(secret.getMetadata().getNamespace() + "/" + secret.getMetadata().getName());
          }
        };
    if (namespaces.isEmpty()) {
      Paging.ofOthers(
          client.secrets().inAnyNamespace().withLabelSelector(GenerationSecrets.SELECTOR)::list,
          look);
    } else {
      namespaces.forEach(
          namespace ->
              Paging.ofOthers(
                  client
                          .secrets()
                          .inNamespace(namespace)
                          .withLabelSelector(GenerationSecrets.SELECTOR)
                      ::list,
                  look));
    }
    return List.copyOf(found);
  }

  private static Set<CAName> withGenerations(KubernetesClient client, Set<String> namespaces) {
    Set<CAName> told = new HashSet<>();
    Consumer<RootCA> look =
        ca -> {
          if (!GenerationNumbers.ofStatus(ca).isEmpty()) {
            told.add(CAName.of(ca));
          }
        };
    var all = client.resources(RootCA.class);
    try {
      if (namespaces.isEmpty()) {
        Paging.forEach(all.inAnyNamespace()::list, look);
      } else {
        namespaces.forEach(namespace -> Paging.forEach(all.inNamespace(namespace)::list, look));
      }
    } catch (KubernetesClientException e) {
      // a kind that is not installed has no objects
      if (!ApiErrors.isNotFound(e)) {
        throw e;
      }
    }
    return told;
  }

  private static boolean isSealedGeneration(Set<CAName> told, Secret secret) {
    String rootCA = SecretData.label(secret, Keys.ROOT_CA_LABEL).orElse("");
    return Keys.TYPE_CA.equals(secret.getType())
        && SecretData.annotation(secret, Keys.SEAL).isPresent()
        && GenerationSecret.number(rootCA, secret.getMetadata().getName()).isPresent()
        && told.contains(new CAName(secret.getMetadata().getNamespace(), rootCA));
  }

  private static String missed(String namespace, List<String> cas) {
    return "Secret '"
        + NAME
        + "' in namespace '"
        + namespace
        + "' is missing, and with it the key that proves which CAs are this operator's; there are some that were sealed with it: "
        + String.join(", ", cas)
        + ". A new key is not made silently. Restore that Secret from the backup. If it is lost for good, make a new one:"
        + " kubectl create secret generic "
        + NAME
        + " --namespace "
        + namespace
        + " --type="
        + Keys.TYPE_SEAL
        + " --from-literal="
        + KEY
        + "=\"$(openssl rand -base64 32)\""
        + " ; each RootCA is then Stalled with CAKeyMissing, and tells the fingerprint with which it is to be adopted";
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
        // another replica was first: its key is used
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
      // another replica was first, or the operator lacks the right: then creating the Secret
      // reports the cause
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
