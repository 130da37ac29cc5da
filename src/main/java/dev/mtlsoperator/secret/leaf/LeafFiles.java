package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.leaf.AdditionalFormat;
import dev.mtlsoperator.api.leaf.KeyEncoding;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import dev.mtlsoperator.secret.trust.TrustContent;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Makes the files in a leaf's Secret: PEM files, keystore and truststore. */
public final class LeafFiles {
  private LeafFiles() {}

  /** Makes all files. Keystores are opened with their password as a check. */
  public static SortedMap<String, byte[]> of(LeafMaterial material, Layout layout) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    List<X509Certificate> chain = chain(material);
    files.put(Keys.TLS_CRT, utf8(Pem.write(chain)));
    files.put(Keys.CA_CRT, utf8(TrustContent.pem(material.bundle())));
    material.revocations().ifPresent(crls -> files.put(Keys.CA_CRL, utf8(crls)));
    files.putAll(keyFiles(material.key(), chain, layout));
    layout
        .keystores()
        .ifPresent(
            stores -> {
              PasswordSource source = material.password().orElseThrow();
              putKeystore(files, material.key(), chain, source, stores);
              putTruststore(files, material.bundle(), source.password(), stores);
            });
    return files;
  }

  /**
   * Encodes the key again, and its keystore, if an earlier version encoded it in another way: it
   * left out the public key of an ECDSA key. Certificate and trust stay, and so do the files if
   * they are as they would be made now.
   *
   * @param files of the layout
   * @param password present if and only if the layout has keystores
   */
  public static void encodeKeyAgain(
      SortedMap<String, byte[]> files,
      KeyMaterial key,
      List<X509Certificate> chain,
      Layout layout,
      Optional<PasswordSource> password) {
    SortedMap<String, byte[]> now = keyFiles(key, chain, layout);
    boolean current =
        now.entrySet().stream()
            .allMatch(file -> Arrays.equals(file.getValue(), files.get(file.getKey())));
    if (!current || holdsOtherEncoding(files, key, layout, password)) {
      files.putAll(now);
      layout
          .keystores()
          .ifPresent(stores -> putKeystore(files, key, chain, password.orElseThrow(), stores));
    }
  }

  // beside a key in PKCS#8, a keystore was written with it
  private static boolean holdsOtherEncoding(
      SortedMap<String, byte[]> files,
      KeyMaterial key,
      Layout layout,
      Optional<PasswordSource> password) {
    boolean shown =
        layout.encoding() == KeyEncoding.PKCS8 || layout.formats().contains(AdditionalFormat.DER);
    return !shown
        && password
            .map(PasswordSource::password)
            .filter(opens -> !Pkcs12.holds(files.get(Keys.KEYSTORE), opens, key))
            .isPresent();
  }

  // all files with the key but the keystore, which never has the same bytes twice
  private static SortedMap<String, byte[]> keyFiles(
      KeyMaterial key, List<X509Certificate> chain, Layout layout) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    String pem = key.revealPem(encoding(layout));
    files.put(Keys.TLS_KEY, utf8(pem));
    for (AdditionalFormat format : layout.formats()) {
      switch (format) {
        case CombinedPEM -> files.put(Keys.COMBINED_PEM, utf8(pem + Pem.write(chain)));
        case DER -> files.put(Keys.KEY_DER, key.revealPkcs8Der());
      }
    }
    return files;
  }

  /** Replaces the CRLs; all other files stay. */
  public static void putCrls(SortedMap<String, byte[]> files, Optional<String> crls) {
    crls.ifPresentOrElse(pem -> files.put(Keys.CA_CRL, utf8(pem)), () -> files.remove(Keys.CA_CRL));
  }

  /** Whether files hold exactly this trust bundle in PEM. */
  public static boolean holdBundle(SortedMap<String, byte[]> files, List<X509Certificate> bundle) {
    return Arrays.equals(files.get(Keys.CA_CRT), utf8(TrustContent.pem(bundle)));
  }

  /** Replaces the trust bundle; all other files stay. */
  public static void retrust(SortedMap<String, byte[]> files, List<X509Certificate> bundle) {
    files.put(Keys.CA_CRT, utf8(TrustContent.pem(bundle)));
  }

  /**
   * Replaces the trust bundle and the truststore, if there is one; all other files stay.
   *
   * @param password present if and only if the layout has keystores
   */
  public static void retrust(
      SortedMap<String, byte[]> files,
      List<X509Certificate> bundle,
      Layout layout,
      Optional<PasswordSource> password) {
    retrust(files, bundle);
    layout
        .keystores()
        .ifPresent(
            stores -> {
              putTruststore(files, bundle, password.orElseThrow().password(), stores);
            });
  }

  /**
   * Replaces the trust bundle, and keeps no old truststore: it is encoded again with the password
   * that opens it, or removed if none does.
   */
  public static void purge(
      SortedMap<String, byte[]> files,
      List<X509Certificate> bundle,
      Layout layout,
      Collection<Password> passwords) {
    retrust(files, bundle);
    byte[] before = files.remove(Keys.TRUSTSTORE);
    if (before != null) {
      layout
          .keystores()
          .ifPresent(
              stores ->
                  passwords.stream()
                      .filter(password -> Pkcs12.opens(before, password))
                      .findFirst()
                      .ifPresent(opens -> putTruststore(files, bundle, opens, stores)));
    }
  }

  // Java reports an empty truststore as an internal error; a program that finds no truststore
  // stops
  private static void putTruststore(
      SortedMap<String, byte[]> files,
      List<X509Certificate> bundle,
      Password password,
      Layout.Stores stores) {
    if (bundle.isEmpty()) {
      files.remove(Keys.TRUSTSTORE);
      return;
    }
    byte[] truststore = Pkcs12.truststore(bundle, password, stores.pkcs12());
    Pkcs12.verifyOpens(truststore, password);
    files.put(Keys.TRUSTSTORE, truststore);
  }

  private static void putKeystore(
      SortedMap<String, byte[]> files,
      KeyMaterial key,
      List<X509Certificate> chain,
      PasswordSource source,
      Layout.Stores stores) {
    Password password = source.password();
    byte[] keystore = Pkcs12.keystore(key, chain, stores.alias(), password, stores.pkcs12());
    Pkcs12.verifyOpens(keystore, password);
    files.put(Keys.KEYSTORE, keystore);
    if (source instanceof PasswordSource.Generated) {
      files.put(Keys.KEYSTORE_PASSWORD, utf8(password.reveal()));
    }
  }

  private static List<X509Certificate> chain(LeafMaterial material) {
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(material.certificate());
    chain.addAll(material.intermediates());
    return chain;
  }

  private static PrivateKeyFormat encoding(Layout layout) {
    return switch (layout.encoding()) {
      case PKCS8 -> PrivateKeyFormat.PKCS8;
      case PKCS1 -> PrivateKeyFormat.PKCS1;
    };
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
