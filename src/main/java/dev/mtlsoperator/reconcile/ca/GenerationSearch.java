package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Searches the API server for the Secrets of a CA's generations: by label, and by name, since a
 * restored Secret may have lost its labels. It never lists all Secrets of a namespace.
 */
final class GenerationSearch {
  /**
   * How many foreign Secrets under the names of future generations are skipped before the search
   * gives up.
   */
  private static final int MOST_UNKNOWN = 100;

  /** How many Secrets without a seal are described. */
  private static final int MOST_TOLD = 4;

  private final GenerationReader reader;
  private final ReconcileContext shared;

  GenerationSearch(GenerationReader reader, ReconcileContext shared) {
    this.reader = reader;
    this.shared = shared;
  }

  /**
   * The Secrets under the names of generations.
   *
   * @param sealed those with a valid seal that were not taken back, oldest first
   */
  record Found(List<Secret> secrets, List<Sealed> sealed) {
    Found {
      secrets = List.copyOf(secrets);
      sealed = List.copyOf(sealed);
    }
  }

  /**
   * Finds them.
   *
   * @param highestOfLeaves the highest number that a leaf's status names; 0: none
   */
  Found find(RootCA ca, int highestOfLeaves) {
    Look look = new Look(ca);
    look.labelled();
    look.byName(highestOfLeaves);
    return new Found(List.copyOf(look.secrets.values()), GenerationSecrets.standing(look.sealed));
  }

  /**
   * Describes Secrets that are labelled as generations of this CA but bear no valid seal. They may
   * come from a backup without the seal's key, and so are a trace of a former CA. They are read
   * only if nothing else exists.
   */
  List<String> unsealed(RootCA ca, Found found) {
    String name = ca.getMetadata().getName();
    List<Secret> traces =
        found.secrets().stream()
            .filter(secret -> Keys.TYPE_CA.equals(secret.getType()))
            .filter(
                secret ->
                    SecretData.label(secret, Keys.ROOT_CA_LABEL).filter(name::equals).isPresent())
            .toList();
    if (traces.isEmpty() || !found.sealed().isEmpty()) {
      return List.of();
    }
    List<String> inWords = new ArrayList<>();
    traces.stream().limit(MOST_TOLD).map(this::inWords).forEach(inWords::add);
    if (traces.size() > MOST_TOLD) {
      inWords.add((traces.size() - MOST_TOLD) + " more Secrets like that");
    }
    return inWords;
  }

  private String inWords(Secret trace) {
    String name = trace.getMetadata().getName();
    Optional<Secret> whole =
        Optional.ofNullable(
            shared
                .client()
                .secrets()
                .inNamespace(trace.getMetadata().getNamespace())
                .withName(name)
                .get());
    return whole
        .flatMap(secret -> SecretData.certificates(secret, Keys.TLS_CRT).stream().findFirst())
        .map(
            certificate ->
                "Secret '"
                    + name
                    + "' without a seal of this operator, to be adopted with "
                    + Fingerprint.of(certificate))
        .orElseGet(
            () -> "Secret '" + name + "' without a seal of this operator, and without certificate");
  }

  /** Reads Secrets one by one, each once. */
  private final class Look {
    private final RootCA ca;
    private final String namespace;
    private final String name;
    private final Map<Integer, Secret> secrets = new TreeMap<>();
    private final List<Sealed> sealed = new ArrayList<>();

    Look(RootCA ca) {
      this.ca = ca;
      this.namespace = ca.getMetadata().getNamespace();
      this.name = ca.getMetadata().getName();
    }

    void labelled() {
      Paging.ofOthers(
          shared.client().secrets().inNamespace(namespace).withLabel(Keys.ROOT_CA_LABEL, name)
              ::list,
          labelled ->
              GenerationSecret.number(name, labelled.getMetadata().getName())
                  .ifPresent(number -> add(number, labelled)));
    }

    void byName(int highestOfLeaves) {
      int highest =
          Math.max(
              GenerationNumbers.highest(ca, secrets.values(), GenerationSecrets.standing(sealed)),
              highestOfLeaves);
      // an invented number must not decide how many names are read
      Set<Integer> asked = new TreeSet<>(GenerationNumbers.ofStatus(ca));
      if (highestOfLeaves > 0) {
        asked.add(highestOfLeaves);
      }
      IntStream.rangeClosed(1, Math.min(highest, MOST_UNKNOWN)).forEach(asked::add);
      asked.removeAll(secrets.keySet());
      asked.forEach(number -> live(number).ifPresent(found -> add(number, found)));
      for (int n = highest + 1; n <= highest + MOST_UNKNOWN && !secrets.containsKey(n); n++) {
        Optional<Secret> found = live(n);
        if (found.isEmpty()) {
          break;
        }
        add(n, found.get());
      }
    }

    private Optional<Secret> live(int number) {
      return Optional.ofNullable(
          shared
              .client()
              .secrets()
              .inNamespace(namespace)
              .withName(GenerationSecret.name(name, number))
              .get());
    }

    // of a Secret that is neither ours nor vouched for, only its name matters, because it is taken
    private void add(int number, Secret found) {
      Optional<Sealed> read = reader.read(namespace, name, found);
      read.ifPresent(sealed::add);
      secrets.put(
          number,
          read.isPresent() || Adoption.isVouchedFor(ca, found)
              ? found
              : RedactedSecret.ofOthers(found));
    }
  }
}
