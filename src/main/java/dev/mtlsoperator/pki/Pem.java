package dev.mtlsoperator.pki;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PEM (RFC 7468): reading is bounded, writing is strict: 64 columns, line feeds, a final one. */
public final class Pem {
  /** A Secret has at most 1 MiB; no bundle of {@link #MOST_CERTIFICATES} needs more than this. */
  static final int LONGEST = 512 * 1024;

  /** Every verifier holds them all in memory; no CA has more generations alive. */
  static final int MOST_CERTIFICATES = 100;

  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]{1,64})-----([A-Za-z0-9+/=\\s]*+)-----END ([A-Z0-9 ]{1,64})-----");
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private Pem() {}

  /**
   * Reads certificates. Text between blocks is passed over (RFC 7468 section 2); any other block is
   * an error.
   *
   * @throws PkiException when there is none, too much, or something else
   */
  public static List<X509Certificate> readCertificates(String pem) {
    if (pem.length() > LONGEST) {
      throw new PkiException(
          "the PEM text has " + pem.length() + " characters, at most " + LONGEST + " are read");
    }
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(pem);
    int read = 0;
    while (blocks.find()) {
      requireNoMarker(pem.substring(read, blocks.start()));
      read = blocks.end();
      if (!blocks.group(1).equals("CERTIFICATE") || !blocks.group(3).equals("CERTIFICATE")) {
        throw new PkiException(
            "the PEM text holds a block '"
                + blocks.group(1)
                + "': only CERTIFICATE blocks may stand here");
      }
      if (certificates.size() == MOST_CERTIFICATES) {
        throw new PkiException(
            "the PEM text holds more than " + MOST_CERTIFICATES + " certificates");
      }
      certificates.add(parse(blocks.group(2)));
    }
    requireNoMarker(pem.substring(read));
    if (certificates.isEmpty()) {
      throw new PkiException("there is no certificate in the PEM text");
    }
    return List.copyOf(certificates);
  }

  private static void requireNoMarker(String between) {
    if (between.contains("-----")) {
      throw new PkiException("the PEM text holds a block that is cut off or garbled");
    }
  }

  private static X509Certificate parse(String base64) {
    try {
      return certificate(Base64.getDecoder().decode(base64.replaceAll("\\s", "")));
    } catch (IllegalArgumentException e) {
      throw new PkiException("a CERTIFICATE block is not valid base64", e);
    }
  }

  /** A certificate from DER, as the JDK reads it. */
  static X509Certificate certificate(byte[] der) {
    try {
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      // the JDK passes over bytes after the certificate, and reads PEM inside PEM
      if (!Arrays.equals(certificate.getEncoded(), der)) {
        throw new PkiException("a CERTIFICATE block holds more than one X.509 certificate in DER");
      }
      return certificate;
    } catch (CertificateException e) {
      throw new PkiException("a CERTIFICATE block holds no X.509 certificate", e);
    }
  }

  /** Writes one certificate. */
  public static String write(X509Certificate certificate) {
    return block("CERTIFICATE", Der.of(certificate));
  }

  /** Writes certificates one after the other. */
  public static String write(Collection<X509Certificate> certificates) {
    StringBuilder all = new StringBuilder();
    certificates.forEach(certificate -> all.append(write(certificate)));
    return all.toString();
  }

  /** Whether one text of PEM blocks holds one that another does not. */
  public static boolean adds(String before, String after) {
    return Arrays.stream(after.split("(?<=-----END [A-Z0-9 ]{1,64}-----)\\s*", -1))
        .anyMatch(block -> !before.contains(block.strip()));
  }

  static String block(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + LINES.encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }
}
