package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which Secret may become a generation because a person vouches for its certificate. */
final class Adoption {
  private Adoption() {}

  /**
   * Its name; empty: none.
   *
   * @param found what lies under the names of generations
   * @param unproven names of those among them that bear no valid seal, or of which nobody knows
   *     what has become of them
   */
  static Optional<String> adoptable(
      RootCA ca, Collection<Secret> found, List<String> unproven, Lineage lineage) {
    return vouchedFor(ca, found, unproven, lineage)
        .filter(secret -> !isCondemned(secret, lineage))
        .map(secret -> secret.getMetadata().getName())
        .findFirst();
  }

  /** Why what a person vouches for is not adopted all the same, in words; empty: nothing. */
  static Optional<String> refusal(
      RootCA ca, Collection<Secret> found, List<String> unproven, Lineage lineage) {
    return vouchedFor(ca, found, unproven, lineage)
        .filter(secret -> isCondemned(secret, lineage))
        .map(
            secret ->
                "Secret '"
                    + secret.getMetadata().getName()
                    + "' is not adopted, though the annotation mtls-operator.dev/adopt asks: its certificate, or one above it, is distrusted by this CA for ever; take the annotation away")
        .findFirst();
  }

  /** Whether its certificate, or one above it, is distrusted: its key would be deleted at once. */
  private static boolean isCondemned(Secret secret, Lineage lineage) {
    return GenerationSecret.verifiedPath(secret)
        .filter(path -> path.contains(lineage.distrusted()))
        .isPresent();
  }

  private static Stream<Secret> vouchedFor(
      RootCA ca, Collection<Secret> found, List<String> unproven, Lineage lineage) {
    return CaAnnotations.adoption(ca)
        // an old word in somebody's repository does not vouch for what is done to it today
        .filter(wanted -> CaAnnotations.isAdoptionNews(ca))
        .stream()
        .flatMap(
            wanted ->
                found.stream()
                    .filter(secret -> unproven.contains(secret.getMetadata().getName()))
                    .filter(secret -> hasPlace(number(ca, secret), lineage))
                    .filter(secret -> isUsableCA(secret, wanted)));
  }

  /** Whether it is what a person vouches for. */
  static boolean isVouchedFor(RootCA ca, Secret secret) {
    return CaAnnotations.adoption(ca).filter(wanted -> isUsableCA(secret, wanted)).isPresent();
  }

  // what has left in good order would leave again, and its key with it; and one that comes after
  // the signer would be measured by the spec like a successor made here, and taken back
  private static boolean hasPlace(int number, Lineage lineage) {
    return number > lineage.retired()
        && lineage.signer().filter(signer -> signer.number() < number).isEmpty();
  }

  private static int number(RootCA ca, Secret secret) {
    return GenerationSecret.number(ca.getMetadata().getName(), secret.getMetadata().getName())
        .orElse(0);
  }

  // what costs most comes last: who has no key to a certificate gets nothing else looked at
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
