package dev.mtlsoperator.secret.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.AdditionalFormat;
import dev.mtlsoperator.api.leaf.KeyEncoding;
import dev.mtlsoperator.api.leaf.Pkcs12Encryption;
import dev.mtlsoperator.pki.EarlierKeys;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys that earlier versions wrote get their public key at the next write, and nothing else. */
final class LeafFilesTest {
  private static final Password PASSWORD = Password.of("swordfish");
  private static final MalformedCertificate.Pair ROOT = MalformedCertificate.root(it -> {});
  private static final MalformedCertificate.Pair LEAF = MalformedCertificate.leaf(ROOT, it -> {});

  @ParameterizedTest
  @EnumSource
  void shouldEncodeAKeyOfAnEarlierVersionAgain(KeyEncoding encoding) {
    Layout layout = layout(encoding, List.of(AdditionalFormat.CombinedPEM, AdditionalFormat.DER));
    SortedMap<String, byte[]> files = files(LEAF, layout);
    SortedMap<String, byte[]> earlier = asEarlierVersionsWrote(files, layout);

    SortedMap<String, byte[]> again = encodedAgain(earlier, LEAF, layout);

    assertThat(again).containsOnlyKeys(files.keySet());
    for (String same :
        List.of(
            Keys.TLS_KEY,
            Keys.COMBINED_PEM,
            Keys.KEY_DER,
            Keys.TLS_CRT,
            Keys.CA_CRT,
            Keys.TRUSTSTORE,
            Keys.KEYSTORE_PASSWORD)) {
      assertThat(again.get(same)).as(same).isEqualTo(files.get(same));
    }
    assertThat(Pkcs12.holds(again.get(Keys.KEYSTORE), PASSWORD, LEAF.key())).isTrue();
  }

  @Test
  void shouldLookIntoTheKeystoreWhereNoOtherFileShowsTheEncoding() {
    // given: SEC1, which always had the public key
    Layout layout = layout(KeyEncoding.PKCS1, List.of());
    SortedMap<String, byte[]> files = files(LEAF, layout);
    SortedMap<String, byte[]> earlier = asEarlierVersionsWrote(files, layout);
    assertThat(earlier.get(Keys.TLS_KEY)).isEqualTo(files.get(Keys.TLS_KEY));

    SortedMap<String, byte[]> again = encodedAgain(earlier, LEAF, layout);

    assertThat(Pkcs12.holds(again.get(Keys.KEYSTORE), PASSWORD, LEAF.key())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void shouldLeaveTheBytesOfOtherKeys(KeyType algorithm) {
    KeyMaterial key =
        KeyMaterial.generate(
            new KeyParameters(
                algorithm,
                switch (algorithm) {
                  case ECDSA -> 384;
                  case RSA -> 2048;
                  case ED25519 -> 0;
                }));
    MalformedCertificate.Pair leaf = MalformedCertificate.leaf(ROOT, it -> it.key = key);
    for (KeyEncoding encoding :
        algorithm == KeyType.ED25519 ? List.of(KeyEncoding.PKCS8) : List.of(KeyEncoding.values())) {
      Layout layout = layout(encoding, List.of(AdditionalFormat.CombinedPEM));
      SortedMap<String, byte[]> files = files(leaf, layout);

      SortedMap<String, byte[]> again = encodedAgain(files, leaf, layout);

      // equal arrays: PKCS#12 that is made anew has other bytes
      assertThat(again).containsExactlyEntriesOf(files);
    }
  }

  private static SortedMap<String, byte[]> encodedAgain(
      SortedMap<String, byte[]> files, MalformedCertificate.Pair leaf, Layout layout) {
    SortedMap<String, byte[]> again = new TreeMap<>(files);
    LeafFiles.encodeKeyAgain(
        again,
        leaf.key(),
        List.of(leaf.certificate()),
        layout,
        Optional.of(new PasswordSource.Generated(PASSWORD)));
    return again;
  }

  private static SortedMap<String, byte[]> files(MalformedCertificate.Pair leaf, Layout layout) {
    return LeafFiles.of(
        new LeafMaterial(
            leaf.key(),
            leaf.certificate(),
            List.of(),
            List.of(ROOT.certificate()),
            Optional.of(new PasswordSource.Generated(PASSWORD)),
            Optional.empty()),
        layout);
  }

  private static SortedMap<String, byte[]> asEarlierVersionsWrote(
      SortedMap<String, byte[]> files, Layout layout) {
    SortedMap<String, byte[]> earlier = new TreeMap<>(files);
    String pem =
        layout.encoding() == KeyEncoding.PKCS8
            ? EarlierKeys.pem(LEAF.key())
            : LEAF.key().revealPem(PrivateKeyFormat.PKCS1);
    earlier.put(Keys.TLS_KEY, pem.getBytes(StandardCharsets.UTF_8));
    if (earlier.containsKey(Keys.COMBINED_PEM)) {
      earlier.put(
          Keys.COMBINED_PEM,
          (pem + Pem.write(LEAF.certificate())).getBytes(StandardCharsets.UTF_8));
    }
    if (earlier.containsKey(Keys.KEY_DER)) {
      earlier.put(Keys.KEY_DER, EarlierKeys.der(LEAF.key()));
    }
    earlier.put(Keys.KEYSTORE, EarlierKeys.keystore(LEAF.key(), chain(), "me", PASSWORD));
    return earlier;
  }

  private static List<X509Certificate> chain() {
    return List.of(LEAF.certificate());
  }

  private static Layout layout(KeyEncoding encoding, List<AdditionalFormat> formats) {
    return new Layout(
        encoding,
        formats,
        Optional.of(new Layout.Stores("me", Pkcs12Encryption.Modern)),
        Layout.Revocations.LEFT_OUT);
  }
}
