package dev.mtlsoperator.harness;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A manifest as a user would write it: a minimal valid one of each kind, to which a test adds the
 * fields that it is about.
 */
public final class Manifest {
  private final Map<String, Object> root = new LinkedHashMap<>();

  private Manifest(String apiVersion, String kind, String name) {
    root.put("apiVersion", apiVersion);
    root.put("kind", kind);
    with("metadata.name", name);
  }

  /** An ECDSA CA. */
  public static Manifest rootCA(String name) {
    return new Manifest("mtls-operator.dev/v1alpha1", "RootCA", name)
        .with("spec.commonName", name + " of a test");
  }

  /** A server, signed by the RootCA {@code root}. */
  public static Manifest serverCert(String name) {
    return new Manifest("mtls-operator.dev/v1alpha1", "ServerCert", name)
        .with("spec.rootCARef.name", "root")
        .with("spec.dnsNames", List.of(name + ".example.org"));
  }

  /** A client, signed by the RootCA {@code root}. */
  public static Manifest clientCert(String name) {
    return new Manifest("mtls-operator.dev/v1alpha1", "ClientCert", name)
        .with("spec.rootCARef.name", "root")
        .with("spec.commonName", name);
  }

  /** A Secret whose owner lets the operator read it. */
  public static Manifest password(String name, String password) {
    return new Manifest("v1", "Secret", name)
        .label("mtls-operator.dev/input", "true")
        .with("stringData.password", password);
  }

  /** A workload that agrees to be restarted for certain Secrets, of a kind of {@code apps/v1}. */
  public static Manifest workload(String kind, String name, String allowed) {
    Map<String, String> labels = Map.of("app", name);
    Manifest workload =
        new Manifest("apps/v1", kind, name)
            .annotation("mtls-operator.dev/allow-restart", allowed)
            .with("spec.selector.matchLabels", labels)
            .with("spec.template.metadata.labels", labels)
            .with(
                "spec.template.spec.containers",
                List.of(Map.of("name", "main", "image", "example.org/none")));
    return kind.equals("StatefulSet") ? workload.with("spec.serviceName", name) : workload;
  }

  /** Sets a field, such as {@code spec.privateKey.size}. */
  public Manifest with(String path, Object value) {
    set(List.of(path.split("\\.")), value);
    return this;
  }

  /** Removes a field. */
  @SuppressWarnings("unchecked")
  public Manifest without(String path) {
    List<String> steps = List.of(path.split("\\."));
    Map<String, Object> at = root;
    for (String step : steps.subList(0, steps.size() - 1)) {
      at = (Map<String, Object>) at.get(step);
    }
    at.remove(steps.get(steps.size() - 1));
    return this;
  }

  public Manifest label(String key, String value) {
    set(List.of("metadata", "labels", key), value);
    return this;
  }

  public Manifest annotation(String key, String value) {
    set(List.of("metadata", "annotations", key), value);
    return this;
  }

  @SuppressWarnings("unchecked")
  private void set(List<String> path, Object value) {
    Map<String, Object> at = root;
    for (String step : path.subList(0, path.size() - 1)) {
      at = (Map<String, Object>) at.computeIfAbsent(step, k -> new LinkedHashMap<>());
    }
    at.put(path.get(path.size() - 1), value);
  }

  public String yaml() {
    return Serialization.asYaml(root);
  }

  public static String all(Manifest... manifests) {
    return Arrays.stream(manifests).map(Manifest::yaml).collect(Collectors.joining("\n---\n"));
  }
}
