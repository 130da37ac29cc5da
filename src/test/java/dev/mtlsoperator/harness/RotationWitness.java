package dev.mtlsoperator.harness;

import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.WatcherException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Records each version of each of the operator's Secrets and ConfigMaps in a cluster, orders them
 * as the API server accepted them, and checks the state at each moment.
 */
public final class RotationWitness implements AutoCloseable {
  private static final String ROOT_CA = "root";

  /** Set once, each. */
  private static final List<String> LATCHES =
      List.of(Keys.DISTRIBUTED_AT, Keys.SIGNING_SINCE, Keys.UNUSED_SINCE, Keys.REISSUE);

  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable WatcherException> broken = new AtomicReference<>();
  private final Watch secrets;
  private final Watch configMaps;

  /** One version of an object. */
  private record Seen(long version, Action action, HasMetadata object) {}

  public RotationWitness(KubernetesClient client) {
    secrets =
        client.secrets().inAnyNamespace().withLabel(Keys.KIND_LABEL).watch(this.<Secret>watcher());
    configMaps =
        client
            .configMaps()
            .inAnyNamespace()
            .withLabel(Keys.KIND_LABEL)
            .watch(this.<ConfigMap>watcher());
  }

  private <T extends HasMetadata> Watcher<T> watcher() {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, T object) {
        seen.add(
            new Seen(Long.parseLong(object.getMetadata().getResourceVersion()), action, object));
      }

      @Override
      public void onClose(WatcherException e) {
        broken.set(e);
      }
    };
  }

  /** The violations in a namespace, at any moment. */
  public List<String> violations(String namespace, Duration overlap) {
    WatcherException cut = broken.get();
    if (cut != null) {
      throw new AssertionError("the witness saw not everything", cut);
    }
    Judge judge = new Judge(overlap);
    seen.stream()
        .filter(one -> one.object().getMetadata().getNamespace().equals(namespace))
        .sorted(Comparator.comparingLong(Seen::version))
        .forEach(judge::hear);
    return judge.violations;
  }

  @Override
  public void close() {
    secrets.close();
    configMaps.close();
  }

  private static final class Judge {
    private final Duration overlap;
    private final TreeMap<Integer, Secret> generations = new TreeMap<>();
    private final Map<Integer, X509Certificate> ever = new TreeMap<>();
    private final Map<String, Secret> leaves = new LinkedHashMap<>();
    private final Map<Integer, Map<String, String>> milestones = new HashMap<>();
    private Optional<ConfigMap> trust = Optional.empty();
    private final List<String> violations = new ArrayList<>();

    Judge(Duration overlap) {
      this.overlap = overlap;
    }

    void hear(Seen one) {
      if (one.object() instanceof ConfigMap map) {
        trust = one.action() == Action.DELETED ? Optional.empty() : Optional.of(map);
      } else if (one.object() instanceof Secret secret) {
        hear(one.action(), secret);
      }
      everyBundleHoldsWhoSigns(one.version());
    }

    private void hear(Action action, Secret secret) {
      String name = secret.getMetadata().getName();
      if (GenerationSecret.number(ROOT_CA, name).isPresent()) {
        generation(action, GenerationSecret.number(ROOT_CA, name).getAsInt(), secret);
      } else if (action == Action.DELETED) {
        leaves.remove(name);
      } else {
        leaves.put(name, secret);
      }
    }

    private void generation(Action action, int number, Secret secret) {
      if (action == Action.DELETED) {
        generations.remove(number);
        leaves.forEach(
            (name, leaf) -> {
              if (isSignedBy(leaf, ever.get(number))) {
                violations.add("generation " + number + " was deleted while " + name + " needs it");
              }
            });
        return;
      }
      X509Certificate certificate = SecretData.certificates(secret, Keys.TLS_CRT).get(0);
      if (action == Action.ADDED && ever.containsKey(number)) {
        violations.add("number " + number + " was used twice");
      }
      Secret before = generations.put(number, secret);
      if (before != null && !before.getData().equals(secret.getData())) {
        violations.add("the key of generation " + number + " was overwritten");
      }
      ever.put(number, certificate);
      Map<String, String> noted = milestones.computeIfAbsent(number, n -> new HashMap<>());
      boolean signs = SecretData.annotation(secret, Keys.SIGNING_SINCE).isPresent();
      if (signs && !noted.containsKey(Keys.SIGNING_SINCE) && number > 1) {
        everybodyHadTheOverlap(number, secret);
      }
      for (String latch : LATCHES) {
        String now = SecretData.annotation(secret, latch).orElse(null);
        String then = noted.putIfAbsent(latch, now);
        if (then != null && !then.equals(now)) {
          violations.add(latch + " of generation " + number + " was " + then + ", is " + now);
        }
      }
    }

    private void everybodyHadTheOverlap(int number, Secret secret) {
      Instant since = Instant.parse(SecretData.annotation(secret, Keys.SIGNING_SINCE).orElse(""));
      List<Optional<String>> changed = new ArrayList<>();
      leaves.values().forEach(l -> changed.add(SecretData.annotation(l, Keys.TRUST_SINCE)));
      trust
          .map(map -> map.getMetadata().getAnnotations())
          .ifPresent(all -> changed.add(Optional.ofNullable(all.get(Keys.TRUST_SINCE))));
      changed.stream()
          .flatMap(Optional::stream)
          .map(Instant::parse)
          .filter(at -> at.plus(overlap).isAfter(since))
          .forEach(
              at ->
                  violations.add(
                      "generation "
                          + number
                          + " signs since "
                          + since
                          + ", trusted since "
                          + at
                          + " only, less than "
                          + overlap));
    }

    private void everyBundleHoldsWhoSigns(long version) {
      Map<String, String> bundles = new LinkedHashMap<>();
      leaves.forEach((name, leaf) -> bundles.put(name, Scene.text(leaf, Keys.CA_CRT)));
      trust.ifPresent(map -> bundles.put("the ConfigMap", map.getData().get(Keys.CA_CRT)));
      Optional<Integer> signing =
          generations.entrySet().stream()
              .filter(e -> SecretData.annotation(e.getValue(), Keys.SIGNING_SINCE).isPresent())
              .map(Map.Entry::getKey)
              .reduce((before, after) -> after);
      bundles.forEach(
          (name, bundle) -> {
            signing
                .filter(n -> !bundle.contains(Pem.write(ever.get(n))))
                .ifPresent(
                    n ->
                        violations.add(
                            "at " + version + " " + name + " lacks " + n + ", which signs"));
            leaves.forEach(
                (leaf, secret) ->
                    ever.forEach(
                        (n, ca) -> {
                          if (isSignedBy(secret, ca) && !bundle.contains(Pem.write(ca))) {
                            violations.add(
                                "at "
                                    + version
                                    + " "
                                    + name
                                    + " lacks "
                                    + n
                                    + ", which signed "
                                    + leaf);
                          }
                        }));
          });
    }

    private static boolean isSignedBy(Secret leaf, @Nullable X509Certificate ca) {
      return ca != null && KeyIdentifiers.namesIssuer(Scene.certificate(leaf), ca);
    }
  }
}
