package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.ca.ObjectMetadata;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.Templates.Part;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;

/**
 * Labels, annotations and owner of a generation's Secret: those by which the operator finds it, and
 * those of {@code spec.objectMetadata}. They can change; the Secret's data cannot.
 */
public final class GenerationMetadata {
  private GenerationMetadata() {}

  /** The labels of a new Secret. */
  static Map<String, String> labels(RootCA ca, int generation) {
    Map<String, String> labels = new HashMap<>(ca.getSpec().objectMetadata().labels());
    labels.putAll(own(ca, generation));
    return labels;
  }

  /** The annotations of a Secret, with those of the spec. */
  static Map<String, String> annotations(RootCA ca, Map<String, String> others) {
    return Templates.added(others, ca.getSpec().objectMetadata());
  }

  /** The Secret with the metadata and owner that the spec asks for; all else stays. */
  public static Secret relabel(RootCA ca, Secret found, int generation) {
    Map<String, String> labels = Templates.others(found, Part.LABELS);
    labels.putAll(labels(ca, generation));
    return found
        .edit()
        .editMetadata()
        .withLabels(labels)
        .withAnnotations(annotations(ca, Templates.others(found, Part.ANNOTATIONS)))
        .withOwnerReferences(Owners.beside(found, Owners.of(ca)))
        .endMetadata()
        .build();
  }

  /** Whether labels, annotations and owner are those that the spec asks for. */
  public static boolean isCurrent(RootCA ca, Secret secret, int generation) {
    ObjectMetadata wanted = ca.getSpec().objectMetadata();
    return Templates.has(Part.LABELS.of(secret), own(ca, generation))
        && Templates.isCurrent(secret, wanted.labels(), wanted.annotations())
        && Owners.same(secret.getMetadata().getOwnerReferences(), Owners.of(ca));
  }

  private static Map<String, String> own(RootCA ca, int generation) {
    Map<String, String> labels = new HashMap<>(Owners.labels(ca));
    labels.put(Keys.GENERATION, Integer.toString(generation));
    return labels;
  }
}
