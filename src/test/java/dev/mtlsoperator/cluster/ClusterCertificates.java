package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObjectGenerator;
import org.jspecify.annotations.Nullable;

/** The certificates of one cluster, created for it alone: all P-256, valid for a week. */
final class ClusterCertificates {
  private static final BouncyCastleProvider BC = new BouncyCastleProvider();
  private static final Duration LIFE = Duration.ofDays(7);

  /** A certificate with its key, as PEM. */
  record Identity(String certificate, String sec1Key, String pkcs8Key) {
    @Override
    public String toString() {
      return "Identity";
    }
  }

  private final KeyPair caKey = newKey();
  private final X500Name caName = new X500Name("CN=embedded-cluster");
  private final X509Certificate ca = selfSigned();
  private final KeyPair serviceAccountKey = newKey();

  /** The CA that signs the API server's and all clients' certificates. */
  X509Certificate ca() {
    return ca;
  }

  String caPem() {
    return pem(ca);
  }

  /** The API server's own certificate, for the loopback addresses. */
  Identity server() {
    GeneralNames names =
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
              new GeneralName(GeneralName.dNSName, "localhost"),
              new GeneralName(GeneralName.dNSName, "kubernetes.default.svc"),
            });
    return identity(new X500Name("CN=kube-apiserver"), KeyPurposeId.id_kp_serverAuth, names);
  }

  /**
   * A client certificate; {@code subject} such as {@code CN=admin,O=system:masters} is user and
   * groups.
   */
  Identity client(String subject) {
    return identity(new X500Name(subject), KeyPurposeId.id_kp_clientAuth, null);
  }

  /** The key that signs and checks ServiceAccount tokens, as PEM. */
  String serviceAccountKeyPem() {
    return pem(serviceAccountKey.getPrivate());
  }

  /** Writes {@code content} so that only this user can read it. */
  static Path write(Path file, String content) {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.writeString(file, content, StandardOpenOption.TRUNCATE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Identity identity(X500Name subject, KeyPurposeId purpose, @Nullable GeneralNames names) {
    KeyPair key = newKey();
    try {
      JcaX509v3CertificateBuilder builder = builder(subject, key.getPublic());
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      if (names != null) {
        builder.addExtension(Extension.subjectAlternativeName, false, names);
      }
      return new Identity(
          pem(sign(builder)),
          pem(key.getPrivate()),
          pem(new JcaPKCS8Generator(key.getPrivate(), null)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private X509Certificate selfSigned() {
    try {
      JcaX509v3CertificateBuilder builder = builder(caName, caKey.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return sign(builder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JcaX509v3CertificateBuilder builder(X500Name subject, PublicKey key) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        caName,
        new BigInteger(120, new SecureRandom()).setBit(120),
        Date.from(now.minusSeconds(300)),
        Date.from(now.plus(LIFE)),
        subject,
        key);
  }

  private X509Certificate sign(JcaX509v3CertificateBuilder builder) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA")
                      .setProvider(BC)
                      .build(caKey.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Encodes with Bouncy Castle, which also names the curve inside SEC1, as Go requires. */
  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", BC);
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(Object content) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      if (content instanceof PemObjectGenerator generator) {
        writer.writeObject(generator);
      } else {
        writer.writeObject(content);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
