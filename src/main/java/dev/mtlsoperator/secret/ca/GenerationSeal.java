package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The seal on a generation's Secret: proves that the operator made or adopted this certificate, its
 * path, root and cross-certificate as this RootCA's generation of this number.
 */
final class GenerationSeal {
  private GenerationSeal() {}

  /** The seal of a RootCA's generation. */
  static String of(RootCA ca, CaGeneration generation, Seal seal) {
    return seal.ofGeneration(
        ca.getMetadata().getNamespace(),
        ca.getMetadata().getName(),
        generation.number(),
        vouched(generation.path(), generation.cross()));
  }

  /** Whether a Secret bears the seal for this place and number and for its certificates. */
  static boolean isOn(String namespace, String rootCA, int number, Secret secret, Seal seal) {
    Optional<String> found = SecretData.annotation(secret, Keys.SEAL);
    List<Fingerprint> own = SecretData.fingerprints(secret, Keys.TLS_CRT);
    if (found.isEmpty() || own.isEmpty()) {
      return false;
    }
    Fingerprint anchor =
        SecretData.fingerprints(secret, Keys.CA_CRT).stream().findFirst().orElse(own.get(0));
    Optional<Fingerprint> cross =
        SecretData.fingerprints(secret, Keys.CROSS_CRT).stream().findFirst();
    return Seal.matches(
        found.get(),
        seal.ofGeneration(
            namespace,
            rootCA,
            number,
            vouched(own, anchor, cross, SecretData.fingerprints(secret, Keys.CROSSES_CRT))));
  }

  private static List<String> vouched(CaPath path, Optional<X509Certificate> cross) {
    List<Fingerprint> own = new ArrayList<>(List.of(Fingerprint.of(path.certificate())));
    path.intermediates().forEach(intermediate -> own.add(Fingerprint.of(intermediate)));
    return vouched(
        own,
        Fingerprint.of(path.anchor()),
        cross.map(Fingerprint::of),
        path.crosses().stream().map(Fingerprint::of).toList());
  }

  // all certificates that are trusted or sent because of it; a root is not listed twice
  private static List<String> vouched(
      List<Fingerprint> own,
      Fingerprint anchor,
      Optional<Fingerprint> cross,
      List<Fingerprint> crosses) {
    List<Fingerprint> all = new ArrayList<>(own);
    if (own.size() > 1 || !own.get(0).equals(anchor)) {
      all.add(anchor);
    }
    List<String> vouched = new ArrayList<>(all.stream().map(Fingerprint::text).toList());
    cross.ifPresent(c -> vouched.add("cross " + c.text()));
    crosses.forEach(c -> vouched.add("sent along " + c.text()));
    return vouched;
  }
}
