package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;

/**
 * The certificates that one copy of a trust bundle holds, by fingerprint, in each of its formats.
 *
 * @param bundle in PEM
 * @param truststore what a truststore holds; empty: the same as the bundle, or there is no
 *     truststore
 */
record CopyCertificates(Set<Fingerprint> bundle, Optional<Set<Fingerprint>> truststore) {
  CopyCertificates {
    bundle = Set.copyOf(bundle);
    truststore = truststore.map(Set::copyOf);
  }

  boolean eachHolds(Fingerprint certificate) {
    return bundle.contains(certificate)
        && truststore.map(held -> held.contains(certificate)).orElse(true);
  }

  boolean someHolds(Fingerprint certificate) {
    return bundle.contains(certificate)
        || truststore.filter(held -> held.contains(certificate)).isPresent();
  }

  /** Whether some format holds one of these. */
  boolean holdsAnyOf(Set<Fingerprint> some) {
    return !Collections.disjoint(bundle, some)
        || truststore.filter(held -> !Collections.disjoint(held, some)).isPresent();
  }

  /** Whether some format holds one that is not among these. */
  boolean holdsOthersThan(Set<Fingerprint> all) {
    return !all.containsAll(bundle)
        || truststore.filter(held -> !all.containsAll(held)).isPresent();
  }
}
