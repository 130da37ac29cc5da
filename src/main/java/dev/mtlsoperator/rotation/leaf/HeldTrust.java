package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.leaf.TrustSources.Given;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The trust bundle that a leaf's Secret holds now, as far as the operator wrote it.
 *
 * @param secret empty if there is none, or somebody else changed it
 * @param sources which RootCA gave which of the certificates
 * @param blocks the certificates in their order; an element is empty if it cannot be read
 */
record HeldTrust(
    Optional<SecretState.Managed> secret,
    TrustSources sources,
    List<Optional<X509Certificate>> blocks) {

  HeldTrust {
    blocks = List.copyOf(blocks);
  }

  static HeldTrust of(SecretState state) {
    Optional<SecretState.Managed> secret = state.untampered();
    return new HeldTrust(
        secret,
        secret.map(SecretState.Managed::sources).orElseGet(TrustSources::unknown),
        // a certificate that cannot be read is not kept, but the others are
        secret.map(managed -> Pem.readWritten(managed.trust())).orElseGet(List::of));
  }

  /** The certificates that can be read. */
  List<X509Certificate> certificates() {
    return blocks.stream().flatMap(Optional::stream).toList();
  }

  /** The certificates in it that come from a RootCA. */
  Given from(CAName ca) {
    return sources.of(ca, blocks);
  }

  /** Digest of the certificates in it that come from {@code additionalTrust}. */
  String additional() {
    return secret.map(SecretState.Managed::additional).orElse("");
  }

  /**
   * The certificates that it holds and a new bundle does not. A truststore that could not be
   * encoded may still hold certificates that its bundle lost long ago.
   */
  Set<Fingerprint> without(List<X509Certificate> bundle) {
    if (secret.isEmpty()) {
      return Set.of();
    }
    SecretState.Managed held = secret.get();
    if (held.truststore().isEmpty() && held.trust().equals(Pem.write(bundle))) {
      return Set.of();
    }
    Set<Fingerprint> gone = new HashSet<>(held.trusted());
    held.truststore().ifPresent(gone::addAll);
    bundle.forEach(c -> gone.remove(Fingerprint.of(c)));
    return gone;
  }
}
