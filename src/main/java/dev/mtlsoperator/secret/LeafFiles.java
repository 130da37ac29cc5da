package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.AdditionalFormat;
import dev.mtlsoperator.pki.KeyEncoding;
import dev.mtlsoperator.pki.Password;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.pki.Pkcs12;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The files of a leaf, by name: what its Secret holds. */
public final class LeafFiles {
  private LeafFiles() {}

  /** Makes them. Keystores are opened again with their password before they are given out. */
  public static SortedMap<String, byte[]> of(LeafMaterial material, Layout layout) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    List<X509Certificate> chain = chain(material);
    String chainPem = Pem.write(chain);
    String keyPem = material.key().revealPem(encoding(layout));
    files.put(Keys.TLS_CRT, utf8(chainPem));
    files.put(Keys.TLS_KEY, utf8(keyPem));
    files.put(Keys.CA_CRT, utf8(Pem.write(material.bundle())));
    for (AdditionalFormat format : layout.formats()) {
      switch (format) {
        case CombinedPEM -> files.put(Keys.COMBINED_PEM, utf8(keyPem + chainPem));
        case DER -> files.put(Keys.KEY_DER, material.key().revealPkcs8Der());
      }
    }
    layout.keystores().ifPresent(stores -> putKeystores(files, material, chain, stores));
    return files;
  }

  /** Puts another trust bundle among a leaf's files; all others stay as they are. */
  public static void retrust(SortedMap<String, byte[]> files, List<X509Certificate> bundle) {
    files.put(Keys.CA_CRT, utf8(Pem.write(bundle)));
  }

  /**
   * Puts another trust bundle, and the truststore where there is one, among a leaf's files; all
   * others stay as they are.
   *
   * @param password present exactly when the layout has keystores
   */
  public static void retrust(
      SortedMap<String, byte[]> files,
      List<X509Certificate> bundle,
      Layout layout,
      Optional<Layout.PasswordSource> password) {
    retrust(files, bundle);
    layout
        .keystores()
        .ifPresent(
            stores -> {
              Password opens = password.orElseThrow().password();
              byte[] truststore = Pkcs12.truststore(bundle, opens, stores.pkcs12());
              Pkcs12.verifyOpens(truststore, opens);
              files.put(Keys.TRUSTSTORE, truststore);
            });
  }

  private static void putKeystores(
      SortedMap<String, byte[]> files,
      LeafMaterial material,
      List<X509Certificate> chain,
      Layout.Stores stores) {
    Layout.PasswordSource source = material.password().orElseThrow();
    Password password = source.password();
    byte[] keystore =
        Pkcs12.keystore(material.key(), chain, stores.alias(), password, stores.pkcs12());
    byte[] truststore = Pkcs12.truststore(material.bundle(), password, stores.pkcs12());
    Pkcs12.verifyOpens(keystore, password);
    Pkcs12.verifyOpens(truststore, password);
    files.put(Keys.KEYSTORE, keystore);
    files.put(Keys.TRUSTSTORE, truststore);
    if (source instanceof Layout.PasswordSource.Generated) {
      files.put(Keys.KEYSTORE_PASSWORD, utf8(password.reveal()));
    }
  }

  private static List<X509Certificate> chain(LeafMaterial material) {
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(material.certificate());
    chain.addAll(material.intermediates());
    return chain;
  }

  private static KeyEncoding encoding(Layout layout) {
    return switch (layout.encoding()) {
      case PKCS8 -> KeyEncoding.PKCS8;
      case PKCS1 -> KeyEncoding.PKCS1;
    };
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
