package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificationPathFinder;
import dev.mtlsoperator.pki.CrossCertificates;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files in a generation's Secret: its certification path, key and cross-certificate. */
final class GenerationFiles {
  /** Twice what a path and its root need: a person may have added more. */
  private static final int MOST_CERTIFICATES = 16;

  private GenerationFiles() {}

  /** The files of a new generation. */
  static SortedMap<String, byte[]> of(CaGeneration generation, KeyMaterial key) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    CaPath path = generation.path();
    List<X509Certificate> own = new ArrayList<>(List.of(path.certificate()));
    own.addAll(path.intermediates());
    files.put(Keys.TLS_CRT, utf8(Pem.write(own)));
    if (generation.importedFrom().isPresent()) {
      files.put(Keys.CA_CRT, utf8(Pem.write(path.anchor())));
    }
    files.put(Keys.TLS_KEY, utf8(key.revealPem(PrivateKeyFormat.PKCS8)));
    if (!path.crosses().isEmpty()) {
      files.put(Keys.CROSSES_CRT, utf8(Pem.write(path.crosses())));
    }
    generation.cross().ifPresent(cross -> files.put(Keys.CROSS_CRT, utf8(Pem.write(cross))));
    return files;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether two copies of a Secret show the same certificates, and that there is a key. */
  static boolean showSame(Secret one, Secret other) {
    return Stream.of(Keys.TLS_CRT, Keys.CA_CRT, Keys.CROSS_CRT)
            .allMatch(key -> SecretData.value(one, key).equals(SecretData.value(other, key)))
        && SecretData.value(one, Keys.TLS_KEY).isPresent()
            == SecretData.value(other, Keys.TLS_KEY).isPresent();
  }

  /** The cross-certificate, by which verifiers that know only the former generation accept it. */
  static Optional<X509Certificate> cross(Secret secret) {
    return SecretData.firstCertificate(secret, Keys.CROSS_CRT);
  }

  /**
   * The certification path in a Secret without a seal, with each signature verified; empty if there
   * is none, or if a cross-certificate beside it is none of that path.
   */
  static Optional<CaPath> verifiedPath(Secret secret) {
    int own = SecretData.fingerprints(secret, Keys.TLS_CRT).size();
    if (own == 0
        || own > MOST_CERTIFICATES
        || own + SecretData.fingerprints(secret, Keys.CA_CRT).size() > MOST_CERTIFICATES) {
      return Optional.empty();
    }
    List<X509Certificate> all = new ArrayList<>(SecretData.certificates(secret, Keys.TLS_CRT));
    all.addAll(SecretData.certificates(secret, Keys.CA_CRT));
    List<X509Certificate> crosses = SecretData.certificates(secret, Keys.CROSSES_CRT);
    int sent = SecretData.fingerprints(secret, Keys.CROSSES_CRT).size();
    try {
      return all.isEmpty() || sent > MOST_CERTIFICATES || crosses.size() != sent
          ? Optional.empty()
          : Optional.of(
              CrossCertificates.require(CertificationPathFinder.find(all.get(0), all), crosses));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  /** The certification path, not verified: the seal proves it. */
  static Optional<CaPath> path(Secret secret) {
    List<X509Certificate> own = SecretData.certificates(secret, Keys.TLS_CRT);
    if (own.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new CaPath(
            own.get(0),
            own.subList(1, own.size()),
            SecretData.firstCertificate(secret, Keys.CA_CRT).orElse(own.get(0)),
            SecretData.certificates(secret, Keys.CROSSES_CRT)));
  }
}
