package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.PublicKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Computes what may never be trusted again once a certificate is distrusted. */
final class Distrust {
  private Distrust() {}

  /**
   * The already distrusted certificates, the new one, and every generation that has the same key as
   * a generation that contains it.
   *
   * @param there the existing generations
   */
  static Set<Fingerprint> of(
      List<CaGeneration> there, Set<Fingerprint> distrusted, Fingerprint another) {
    Set<PublicKey> condemned =
        there.stream()
            .filter(g -> g.contains(Set.of(another)))
            .map(g -> g.certificate().getPublicKey())
            .collect(Collectors.toSet());
    Set<Fingerprint> all = new HashSet<>(distrusted);
    all.add(another);
    there.stream()
        .filter(g -> condemned.contains(g.certificate().getPublicKey()))
        .forEach(g -> all.add(g.fingerprint()));
    return all;
  }
}
