package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.cli.UserError;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.secret.Keys;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Reads the files of a certificate, by the keys that they have in a Secret. */
final class IdentityFiles {
  private final LeafName name;
  private final String place;
  private final UnaryOperator<String> fileNames;
  private final Map<String, byte[]> files;

  /**
   * @param place where the files are, for messages
   * @param fileNames what the keys of a Secret are called there
   */
  IdentityFiles(
      LeafName name, String place, UnaryOperator<String> fileNames, Map<String, byte[]> files) {
    this.name = name;
    this.place = place;
    this.fileNames = fileNames;
    this.files = files;
  }

  Identity read() {
    try {
      List<X509Certificate> chain = Pem.readCertificates(text(Keys.TLS_CRT));
      KeyMaterial key = KeyMaterial.fromPem(text(Keys.TLS_KEY));
      if (chain.isEmpty() || !key.matches(chain.get(0))) {
        throw new UserError(
            place
                + ": the key in "
                + fileNames.apply(Keys.TLS_KEY)
                + " does not belong to the certificate in "
                + fileNames.apply(Keys.TLS_CRT));
      }
      String trust = text(Keys.CA_CRT);
      return new Identity(
          name,
          chain,
          key,
          // a comment says that nobody is trusted
          Pem.fingerprints(trust).isEmpty() ? List.of() : Pem.readCertificates(trust),
          revocations(),
          keystores(key));
    } catch (PkiException e) {
      throw new UserError(place + " cannot be read: " + e.getMessage());
    }
  }

  private List<Crl> revocations() {
    byte[] crls = files.get(Keys.CA_CRL);
    if (crls == null) {
      return List.of();
    }
    try {
      return Crl.parseAll(SuppliedFile.of(crls));
    } catch (PkiException e) {
      throw new UserError(
          place + " cannot be read: " + fileNames.apply(Keys.CA_CRL) + ": " + e.getMessage());
    }
  }

  // with a password that somebody else keeps they are of no use here
  private Optional<PasswordedStores> keystores(KeyMaterial key) {
    byte[] keystore = files.get(Keys.KEYSTORE);
    byte[] truststore = files.get(Keys.TRUSTSTORE);
    if (keystore == null || truststore == null || !files.containsKey(Keys.KEYSTORE_PASSWORD)) {
      return Optional.empty();
    }
    Password password = Password.of(text(Keys.KEYSTORE_PASSWORD));
    return Pkcs12.holds(keystore, password, key) && Pkcs12.opens(truststore, password)
        ? Optional.of(new PasswordedStores(keystore, truststore, password))
        : Optional.empty();
  }

  private String text(String key) {
    byte[] content = files.get(key);
    if (content == null) {
      throw new UserError(
          place
              + " has no "
              + fileNames.apply(key)
              + ": nothing is issued there yet, or what was is revoked");
    }
    return new String(content, StandardCharsets.UTF_8);
  }
}
