package dev.mtlsoperator.secret;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads and writes the values of a Secret, live or from a cache. */
public final class SecretData {
  private SecretData() {}

  /** Files as a Secret's {@code data}. */
  public static Map<String, String> encode(SortedMap<String, byte[]> files) {
    Map<String, String> data = new HashMap<>();
    files.forEach((name, bytes) -> data.put(name, Base64.getEncoder().encodeToString(bytes)));
    return data;
  }

  /** A Secret's {@code data} as files; the Secret must not be redacted. */
  public static SortedMap<String, byte[]> files(Secret secret) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    data(secret).forEach((name, value) -> files.put(name, Base64.getDecoder().decode(value)));
    return files;
  }

  /** One value as text; empty if it is absent, or only its digest is there. */
  public static Optional<String> text(Secret secret, String key) {
    return value(secret, key)
        .filter(value -> !value.startsWith(Digests.PREFIX))
        .flatMap(SecretData::decode);
  }

  /** One value as it is; empty if it is absent, or only its digest is there. */
  public static Optional<byte[]> bytes(Secret secret, String key) {
    return value(secret, key)
        .filter(value -> !value.startsWith(Digests.PREFIX))
        .flatMap(SecretData::decodeBytes);
  }

  /** All values as text, without those of which only the digest is there. */
  public static Stream<String> texts(Secret secret) {
    return data(secret).keySet().stream().flatMap(key -> text(secret, key).stream());
  }

  /** One value as the API has it, or its digest. */
  public static Optional<String> value(Secret secret, String key) {
    return Optional.ofNullable(data(secret).get(key)).filter(value -> !value.isEmpty());
  }

  /** The certificates in one value; empty if they cannot be read. */
  public static List<X509Certificate> certificates(Secret secret, String key) {
    return text(secret, key).flatMap(pem -> read(pem, Pem::readCertificates)).orElse(List.of());
  }

  /** The first certificate in one value; empty if it cannot be read. */
  public static Optional<X509Certificate> firstCertificate(Secret secret, String key) {
    return text(secret, key).flatMap(pem -> read(pem, Pem::readFirst));
  }

  /**
   * The fingerprints of the certificates in one value, none of which is parsed; empty if there are
   * none.
   */
  public static List<Fingerprint> fingerprints(Secret secret, String key) {
    return text(secret, key).flatMap(pem -> read(pem, Pem::readFingerprints)).orElse(List.of());
  }

  /** Digest of type and data. */
  public static String digest(Secret secret) {
    return Digests.ofContent(Objects.requireNonNullElse(secret.getType(), ""), data(secret));
  }

  /** An annotation, if it is present. */
  public static Optional<String> annotation(Secret secret, String key) {
    return Optional.ofNullable(secret.getMetadata().getAnnotations()).map(all -> all.get(key));
  }

  /** A label, if it is present. */
  public static Optional<String> label(Secret secret, String key) {
    return Optional.ofNullable(secret.getMetadata().getLabels()).map(all -> all.get(key));
  }

  private static Map<String, String> data(Secret secret) {
    return secret.getData() == null ? Map.of() : secret.getData();
  }

  private static Optional<String> decode(String value) {
    return decodeBytes(value).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private static Optional<byte[]> decodeBytes(String value) {
    try {
      return Optional.of(Base64.getDecoder().decode(value));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static <T> Optional<T> read(String pem, Function<String, T> how) {
    try {
      return Optional.of(how.apply(pem));
    } catch (RuntimeException e) {
      // untrusted input: malformed certificates count as none
      return Optional.empty();
    }
  }
}
