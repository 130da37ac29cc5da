package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.leaf.KeyRotationPolicy;
import dev.mtlsoperator.pki.key.KeyParameters;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Tells whether a new certificate keeps the key of the one in service. */
public final class KeyRetention {
  private KeyRetention() {}

  /**
   * The key that a new certificate keeps; empty if it gets a new one. A key is kept if the spec
   * says {@code rotationPolicy: Never}, the operator wrote the Secret that holds it, and it is of
   * the kind that the spec asks for; but not that of a revoked certificate, which may be stolen.
   *
   * @param held supplies the key in service; called only if the key may be kept
   * @param parameters of such a key
   */
  public static <K> Optional<K> kept(
      LeafFacts facts,
      KeyRotationPolicy policy,
      KeyParameters wanted,
      Supplier<Optional<K>> held,
      Function<K, KeyParameters> parameters) {
    return policy == KeyRotationPolicy.Never
            && facts.revocation() == LeafRevocation.NONE
            && facts.state().untampered().isPresent()
        ? held.get().filter(key -> parameters.apply(key).equals(wanted))
        : Optional.empty();
  }
}
