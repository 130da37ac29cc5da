package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.reconcile.context.CaAnnotations;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides which Secret may become a generation because a person vouches for its certificate. */
final class Adoption {
  private Adoption() {}

  /**
   * The name of that Secret; empty: none.
   *
   * @param found all Secrets under the names of generations
   * @param unproven names of those among them that bear no valid seal, or whose history is unknown
   */
  static Optional<String> adoptable(
      RootCA ca, Collection<Secret> found, List<String> unproven, CaGenerations generations) {
    return vouchedFor(ca, found, unproven, generations)
        .filter(secret -> !isCondemned(secret, generations))
        .map(secret -> secret.getMetadata().getName())
        .findFirst();
  }

  /**
   * Why the Secret that a person vouches for is not adopted, in words; empty: nothing prevents it.
   */
  static Optional<String> refusal(
      RootCA ca, Collection<Secret> found, List<String> unproven, CaGenerations generations) {
    return vouchedFor(ca, found, unproven, generations)
        .filter(secret -> isCondemned(secret, generations))
        .map(
            secret ->
                "Secret '"
                    + secret.getMetadata().getName()
                    + "' is not adopted, though the annotation mtls-operator.dev/adopt asks: its certificate, or one above it, is distrusted by this CA for ever; take the annotation away")
        .findFirst();
  }

  /** Whether its certificate, or one above it, is distrusted: its key would be deleted at once. */
  private static boolean isCondemned(Secret secret, CaGenerations generations) {
    return GenerationSecret.verifiedPath(secret)
        .filter(path -> path.contains(generations.distrusted()))
        .isPresent();
  }

  private static Stream<Secret> vouchedFor(
      RootCA ca, Collection<Secret> found, List<String> unproven, CaGenerations generations) {
    return CaAnnotations.adoption(ca)
        // an annotation that stayed in a repository does not vouch for a Secret that is changed
        // later
        .filter(wanted -> CaAnnotations.isAdoptionNews(ca))
        .stream()
        .flatMap(
            wanted ->
                found.stream()
                    .filter(secret -> unproven.contains(secret.getMetadata().getName()))
                    .filter(secret -> hasPlace(number(ca, secret), generations))
                    .filter(secret -> isUsableCA(secret, wanted)));
  }

  /** Whether its certificate is the one that a person vouches for. */
  static boolean isVouchedFor(RootCA ca, Secret secret) {
    return CaAnnotations.adoption(ca).filter(wanted -> isUsableCA(secret, wanted)).isPresent();
  }

  // a generation that has left would leave again, with its key; one numbered after the signer would
  // be checked against the spec like a successor made here, and taken back
  private static boolean hasPlace(int number, CaGenerations generations) {
    return number > generations.retired()
        && generations.signer().filter(signer -> signer.number() < number).isEmpty();
  }

  private static int number(RootCA ca, Secret secret) {
    return GenerationSecret.number(ca.getMetadata().getName(), secret.getMetadata().getName())
        .orElse(0);
  }

  // the costly checks come last: without the key to its certificate, a Secret is not checked
  // further
  private static boolean isUsableCA(Secret secret, Fingerprint wanted) {
    if (!Keys.TYPE_CA.equals(secret.getType())
        || !SecretData.fingerprints(secret, Keys.TLS_CRT).stream()
            .limit(1)
            .toList()
            .equals(List.of(wanted))) {
      return false;
    }
    try {
      return SecretData.firstCertificate(secret, Keys.TLS_CRT)
          .filter(ca -> ca.getBasicConstraints() >= 0)
          .filter(ca -> isKeyOf(ca, secret))
          .filter(ca -> GenerationSecret.verifiedPath(secret).isPresent())
          .isPresent();
    } catch (PkiException e) {
      return false;
    }
  }

  private static boolean isKeyOf(X509Certificate ca, Secret secret) {
    return SecretData.text(secret, Keys.TLS_KEY)
        .map(KeyMaterial::fromPem)
        .filter(key -> key.matches(ca))
        .isPresent();
  }
}
