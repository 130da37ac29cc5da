package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.SecretState;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Optional;
import java.util.Set;

/**
 * Detects what the owners of another namespace did to their own copy. The rotation does not wait
 * for such a copy, because only they are affected.
 */
final class SelfInflicted {
  private final CAName name;
  private final CaGenerations generations;
  private final Admission admission;
  private final WrittenTrust given;
  private final CopyReader reader;

  SelfInflicted(
      CAName name,
      CaGenerations generations,
      Admission admission,
      WrittenTrust given,
      CopyReader reader) {
    this.name = name;
    this.generations = generations;
    this.admission = admission;
    this.given = given;
    this.reader = reader;
  }

  /** What they did, in words; empty: nothing. */
  Optional<String> of(LeafCert<?> leaf, Secret secret, SecretState.Managed ours) {
    if (admission.going().test(leaf.getMetadata().getNamespace())) {
      return Optional.of("goes: its namespace is being deleted");
    }
    if (Boolean.TRUE.equals(secret.getImmutable())) {
      return Optional.of("has a Secret that was made immutable and cannot be written");
    }
    if (ours.integrity() == SecretState.Integrity.TAMPERED) {
      return Optional.of("has a Secret that was changed by somebody else");
    }
    return leaf.trustedCAs().contains(name) && isSetBack(leaf, ours)
        ? Optional.of("has a Secret that somebody else set back to an older content")
        : Optional.empty();
  }

  private boolean isSetBack(LeafCert<?> leaf, SecretState.Managed ours) {
    Set<Fingerprint> held = reader.held(ours).bundle();
    return generations.bundle().stream()
        .anyMatch(anchor -> given.has(leaf, anchor) && !held.contains(Fingerprint.of(anchor)));
  }
}
