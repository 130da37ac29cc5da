package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a run knows of its leaf. What is decided, done and reported follows from it.
 *
 * @param secret the Secret under the name of the leaf's Secret; null: none
 * @param cas the RootCAs that the leaf refers to
 * @param revocation what is to be revoked
 * @param now the time of the run
 */
record LeafObservation(
    LeafCert<?> leaf,
    @Nullable Secret secret,
    LeafFacts facts,
    List<ReferredCA> cas,
    LeafRevocationView revocation,
    Instant now) {

  LeafObservation {
    cas = List.copyOf(cas);
  }

  /** The same after the Secret was written. */
  LeafObservation written(@Nullable Secret after, LeafFacts factsAfter) {
    return new LeafObservation(leaf, after, factsAfter, cas, revocation, now);
  }

  /** A generation of the RootCA that signs the leaf, if everything noted on it is proven. */
  Optional<Sealed> signingGeneration(int number) {
    CAName name = leaf.signingCA();
    return cas.stream()
        .filter(ca -> ca.name().equals(name))
        .findFirst()
        .flatMap(ca -> ca.generation(number));
  }

  /** What is noted on the Secret of its CRLs; empty: it has none. */
  String notedCrls() {
    return facts.state().untampered().map(SecretState.Managed::revocations).orElse("");
  }

  /** Digest of what workloads read, if it is a certificate that the operator wrote. */
  Optional<String> content() {
    return facts
        .state()
        .untampered()
        .filter(managed -> managed.certificate().isPresent())
        .flatMap(managed -> Optional.ofNullable(secret))
        .map(SecretData::digest);
  }

  @Override
  public String toString() {
    return "LeafObservation[" + leaf.getMetadata().getUid() + " at " + now + "]";
  }
}
