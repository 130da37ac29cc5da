package dev.mtlsoperator.reconcile.restart;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.Workload;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.restart.RestartRules;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restarts workloads as {@code kubectl rollout restart} does, by an annotation in the pod template.
 * Workloads are not watched or cached: each is read when needed, and patched only if it is still
 * the object that was read.
 */
public final class WorkloadRestarts implements Restarts {
  private static final Logger LOG = LoggerFactory.getLogger(WorkloadRestarts.class);

  /** No event tells when a workload appears or consents. */
  private static final Duration MISSING = Duration.ofMinutes(1);

  /** For a workload that another client is writing. */
  private static final Duration BUSY = Duration.ofSeconds(5);

  private static final PatchContext PATCH =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager("mtls-operator")
          .build();

  private final KubernetesClient client;
  private final EventPublisher events;

  public WorkloadRestarts(KubernetesClient client, EventPublisher events) {
    this.client = client;
    this.events = events;
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public Outcome.Looked look(LeafCert<?> leaf, String digest) {
    List<Finding> blocked = new ArrayList<>();
    Duration next = FAIL_SAFE;
    for (Workload workload : leaf.getSpec().rolloutRestart()) {
      try {
        if (look(leaf, workload, digest) == RestartRules.Step.NOT_AVAILABLE) {
          blocked.add(notAvailable(leaf, workload));
          next = sooner(next, MISSING);
        }
      } catch (KubernetesClientException e) {
        if (ApiErrors.isNamespaceGoing(e)) {
          throw e;
        }
        Optional<String> refusal = ApiErrors.refusal(e);
        refusal.ifPresent(said -> blocked.add(failed(workload, said)));
        next = sooner(next, refusal.isPresent() ? MISSING : BUSY);
      }
    }
    return new Outcome.Looked(together(blocked), next);
  }

  @Override
  public void noteBefore(LeafCert<?> leaf, String digest) {
    for (Workload workload : leaf.getSpec().rolloutRestart()) {
      try {
        Optional<GenericKubernetesResource> found = read(leaf, workload);
        if (decide(leaf, found, digest) == RestartRules.Step.NOTE) {
          note(leaf, workload, found.orElseThrow(), digest);
        }
      } catch (KubernetesClientException e) {
        LOG.atDebug()
            .addKeyValue("workload", workload)
            .addKeyValue("code", e.getCode())
            .log("the digest could not be noted on the workload");
      }
    }
  }

  private RestartRules.Step look(LeafCert<?> leaf, Workload workload, String digest) {
    Optional<GenericKubernetesResource> found = read(leaf, workload);
    RestartRules.Step step = decide(leaf, found, digest);
    if (step == RestartRules.Step.NOTE || step == RestartRules.Step.RESTART) {
      requireStillThere(leaf, digest);
    }
    if (step == RestartRules.Step.NOTE) {
      note(leaf, workload, found.orElseThrow(), digest);
    } else if (step == RestartRules.Step.RESTART) {
      restart(leaf, workload, found.orElseThrow(), digest);
    }
    return step;
  }

  private static RestartRules.Step decide(
      LeafCert<?> leaf, Optional<GenericKubernetesResource> found, String digest) {
    String secretName = leaf.effectiveSecretName();
    String key = RestartRules.annotation(secretName);
    return RestartRules.decide(
        found.map(
            workload ->
                new RestartRules.Seen(
                    annotation(workload, Api.ALLOW_RESTART_ANNOTATION),
                    annotation(workload, key),
                    Optional.ofNullable(
                            workload.<Object>get("spec", "template", "metadata", "annotations"))
                        .filter(Map.class::isInstance)
                        .map(annotations -> ((Map<?, ?>) annotations).get(key))
                        .map(String::valueOf))),
        secretName,
        digest);
  }

  private Optional<GenericKubernetesResource> read(LeafCert<?> leaf, Workload workload) {
    return Optional.ofNullable(resource(leaf, workload).get())
        .filter(found -> found.getMetadata().getDeletionTimestamp() == null);
  }

  // no restart for what a cache remembers
  private void requireStillThere(LeafCert<?> leaf, String digest) {
    Secret live =
        client
            .secrets()
            .inNamespace(leaf.getMetadata().getNamespace())
            .withName(leaf.effectiveSecretName())
            .get();
    if (live == null || !SecretData.digest(live).equals(digest)) {
      throw new KubernetesClientException(
          "the Secret has other content by now", java.net.HttpURLConnection.HTTP_CONFLICT, null);
    }
  }

  private void note(
      LeafCert<?> leaf, Workload workload, GenericKubernetesResource found, String digest) {
    patch(leaf, workload, found, digest, Map.of());
  }

  private void restart(
      LeafCert<?> leaf, Workload workload, GenericKubernetesResource found, String digest) {
    String key = RestartRules.annotation(leaf.effectiveSecretName());
    patch(
        leaf,
        workload,
        found,
        digest,
        Map.of(
            "spec",
            Map.of("template", Map.of("metadata", Map.of("annotations", Map.of(key, digest))))));
    String what =
        workload + " restarts: Secret '" + leaf.effectiveSecretName() + "' has new content";
    events.publish(leaf, EventPublisher.Type.Normal, Reason.Restarted.name(), what);
    LOG.atInfo()
        .addKeyValue("kind", leaf.getKind())
        .addKeyValue("namespace", leaf.getMetadata().getNamespace())
        .addKeyValue("name", leaf.getMetadata().getName())
        .addKeyValue("reason", Reason.Restarted)
        .log("{}", what);
  }

  // the resourceVersion ensures that the consent which was read still holds
  private void patch(
      LeafCert<?> leaf,
      Workload workload,
      GenericKubernetesResource found,
      String digest,
      Map<String, Object> more) {
    Map<String, Object> patch = new HashMap<>(more);
    patch.put(
        "metadata",
        Map.of(
            "uid",
            found.getMetadata().getUid(),
            "resourceVersion",
            found.getMetadata().getResourceVersion(),
            "annotations",
            Map.of(RestartRules.annotation(leaf.effectiveSecretName()), digest)));
    var unused =
        resource(leaf, workload).patch(PATCH, client.getKubernetesSerialization().asJson(patch));
  }

  private Resource<GenericKubernetesResource> resource(LeafCert<?> leaf, Workload workload) {
    return client
        .genericKubernetesResources(
            new ResourceDefinitionContext.Builder()
                .withGroup("apps")
                .withVersion("v1")
                .withKind(workload.kind().name())
                .withPlural(workload.kind().name().toLowerCase(Locale.ROOT) + "s")
                .withNamespaced(true)
                .build())
        .inNamespace(leaf.getMetadata().getNamespace())
        .withName(workload.name());
  }

  private static Optional<String> annotation(GenericKubernetesResource workload, String key) {
    return Optional.ofNullable(workload.getMetadata().getAnnotations()).map(all -> all.get(key));
  }

  /** The same message whether it is missing or does not consent: it reveals nothing. */
  private static Finding notAvailable(LeafCert<?> leaf, Workload workload) {
    return new Finding(
        Reason.WorkloadNotAvailable,
        workload
            + " is not restarted: a "
            + workload.kind()
            + " of that name with the annotation "
            + Api.ALLOW_RESTART_ANNOTATION
            + ": "
            + leaf.effectiveSecretName()
            + " is needed in this namespace");
  }

  private static Finding failed(Workload workload, String said) {
    return new Finding(Reason.RestartFailed, workload + " is not restarted: " + said);
  }

  private static Optional<Finding> together(List<Finding> blocked) {
    return blocked.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                blocked.get(0).reason(),
                blocked.stream().map(Finding::message).collect(Collectors.joining("; "))));
  }

  private static Duration sooner(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
