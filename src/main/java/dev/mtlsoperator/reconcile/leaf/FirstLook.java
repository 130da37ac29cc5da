package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Tells whether a new leaf has to wait before it is observed, which costs much more. Of many leaves
 * that are applied together with their RootCA, each would otherwise be observed three times before
 * its certificate is issued: without a CA, without a permit, and with both.
 *
 * @param hasSecret whether the cache has a Secret under the name of a leaf's Secret
 * @param admitting a RootCA, if it admits the leaf's namespace
 * @param hasGeneration whether the cache has the Secret of a RootCA's generation
 */
record FirstLook(
    Predicate<LeafCert<?>> hasSecret,
    BiFunction<LeafCert<?>, CAName, Optional<RootCA>> admitting,
    Predicate<CAName> hasGeneration) {

  /** What comes next for a leaf. */
  enum Next {
    /** Its RootCA was not reconciled yet, and wakes it then. */
    AWAIT_CA,
    /** It probably gets its first certificate, of which not all can be issued at once. */
    ASK_FOR_PERMIT,
    /** Anything else. */
    OBSERVE
  }

  Next at(LeafCert<?> leaf) {
    if (leaf.getStatus() != null || hasSecret.test(leaf)) {
      return Next.OBSERVE;
    }
    CAName name = leaf.signingCA();
    Optional<RootCA> ca = admitting.apply(leaf, name);
    if (ca.isEmpty()) {
      return Next.OBSERVE;
    }
    if (!hasGeneration.test(name)) {
      return ca.get().getStatus() == null ? Next.AWAIT_CA : Next.OBSERVE;
    }
    // RSA keys wait in a queue of their own
    return leaf.getSpec().privateKey().algorithm() == KeyAlgorithm.RSA
        ? Next.OBSERVE
        : Next.ASK_FOR_PERMIT;
  }
}
