package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cli.UserError;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Secret of a certificate in a cluster. */
final class ClusterSource implements IdentitySource {
  private static final int MOST_CAUSES = 20;

  private final KubernetesClient client;

  ClusterSource(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Identity read(LeafName name) throws IOException {
    LeafCert<?> leaf = asked(name.toString(), () -> leaf(name));
    if (leaf == null) {
      throw new UserError(
          "there is no "
              + name
              + " in the namespace "
              + name.namespace()
              + ": `kubectl get mtls -n "
              + name.namespace()
              + "` lists what there is");
    }
    String place = "Secret " + name.namespace() + "/" + leaf.effectiveSecretName();
    String describe = "`kubectl describe " + name + " -n " + name.namespace() + "`";
    Secret secret =
        asked(
            place,
            () ->
                client
                    .secrets()
                    .inNamespace(name.namespace())
                    .withName(leaf.effectiveSecretName())
                    .get());
    if (secret == null) {
      throw new UserError(place + " does not exist: " + describe + " says what it waits for");
    }
    if (!isOf(leaf, secret)) {
      throw new UserError(
          place
              + " was not written for "
              + name
              + ", and is left alone: "
              + describe
              + " says what is wrong");
    }
    return new IdentityFiles(name, place, key -> key, SecretData.files(secret)).read();
  }

  private @Nullable LeafCert<?> leaf(LeafName name) {
    return switch (name.kind()) {
      case ServerCert ->
          client
              .resources(ServerCert.class)
              .inNamespace(name.namespace())
              .withName(name.name())
              .get();
      case ClientCert ->
          client
              .resources(ClientCert.class)
              .inNamespace(name.namespace())
              .withName(name.name())
              .get();
    };
  }

  private static boolean isOf(LeafCert<?> leaf, Secret secret) {
    boolean owned =
        secret.getMetadata().getOwnerReferences().stream()
            .anyMatch(owner -> owner.getUid().equals(leaf.getMetadata().getUid()));
    boolean retained =
        SecretData.annotation(secret, Keys.RETAINED_FOR)
            .filter(leaf.getMetadata().getName()::equals)
            .isPresent();
    return SecretData.label(secret, Keys.KIND_LABEL).filter(leaf.getKind()::equals).isPresent()
        && (owned || retained);
  }

  private <T> @Nullable T asked(String what, Supplier<@Nullable T> question) throws IOException {
    try {
      return question.get();
    } catch (KubernetesClientException e) {
      throw failed(what, e);
    }
  }

  private IOException failed(String what, KubernetesClientException e) {
    if (e.getCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
      throw new UserError(
          "the API server at "
              + client.getMasterUrl()
              + " does not accept the credentials of KUBECONFIG");
    }
    if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
      throw new UserError(
          what + " may not be read with the credentials of KUBECONFIG: the verb get is needed");
    }
    return new IOException(
        "the API server at "
            + client.getMasterUrl()
            + " did not answer for "
            + what
            + " ("
            + rootOf(e)
            + "): is it running, and does KUBECONFIG point to it?",
        e);
  }

  // the client wraps the cause several times
  private static String rootOf(Throwable failure) {
    Throwable root = failure;
    for (int depth = 0; depth < MOST_CAUSES && root.getCause() != null; depth++) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
