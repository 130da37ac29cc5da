package dev.mtlsoperator.pki.advice;

import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate to which no peer objects, but for what a test changes. */
final class Draft {
  private final Instant start = Instant.now().minus(Duration.ofMinutes(5));

  String subject;
  BigInteger serial = BigInteger.valueOf(4711);
  Duration life = Duration.ofDays(90);
  PublicKey key;
  private final PrivateKey own;
  private final Map<ASN1ObjectIdentifier, Extension> extensions = new LinkedHashMap<>();

  private Draft(String subject, PublicKey key, PrivateKey own) {
    this.subject = subject;
    this.key = key;
    this.own = own;
  }

  /** A certificate and its private key. */
  record Made(X509Certificate certificate, PrivateKey key) {
    String pem() {
      return Pem.write(certificate);
    }
  }

  static Made root(Consumer<Draft> changes) {
    KeyMaterial key = TestKeys.fresh();
    return root(new KeyPair(key.publicKey(), key.revealPrivateKey()), changes);
  }

  static Made root(KeyPair key, Consumer<Draft> changes) {
    Draft draft = ca("CN=root", key.getPublic(), key.getPrivate());
    changes.accept(draft);
    return draft.sign(draft.subject, key.getPrivate());
  }

  static Made intermediate(Made issuer, Consumer<Draft> changes) {
    KeyMaterial key = TestKeys.fresh();
    Draft draft = ca("CN=intermediate", key.publicKey(), key.revealPrivateKey());
    draft.authority(issuer);
    changes.accept(draft);
    return draft.sign(name(issuer), issuer.key());
  }

  static Made server(Made issuer, Consumer<Draft> changes) {
    return leaf(
        issuer,
        draft -> {
          draft.purpose(KeyPurposeId.id_kp_serverAuth);
          draft.names(new GeneralName(GeneralName.dNSName, "a.example.org"));
          changes.accept(draft);
        });
  }

  static Made client(Made issuer, Consumer<Draft> changes) {
    return leaf(
        issuer,
        draft -> {
          draft.purpose(KeyPurposeId.id_kp_clientAuth);
          changes.accept(draft);
        });
  }

  private static Made leaf(Made issuer, Consumer<Draft> changes) {
    KeyMaterial key = TestKeys.fresh();
    Draft draft = new Draft("CN=leaf", key.publicKey(), key.revealPrivateKey());
    draft.with(Extension.basicConstraints, true, new BasicConstraints(false));
    draft.with(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    draft.with(
        Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(identifier(draft.key)));
    draft.authority(issuer);
    changes.accept(draft);
    return draft.sign(name(issuer), issuer.key());
  }

  private static Draft ca(String subject, PublicKey key, PrivateKey own) {
    Draft draft = new Draft(subject, key, own);
    draft.life = Duration.ofDays(3650);
    draft.with(Extension.basicConstraints, true, new BasicConstraints(true));
    draft.with(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    draft.with(Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(identifier(key)));
    return draft;
  }

  Draft with(ASN1ObjectIdentifier kind, boolean critical, ASN1Encodable value) {
    try {
      extensions.put(kind, new Extension(kind, critical, value.toASN1Primitive().getEncoded()));
      return this;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  Draft without(ASN1ObjectIdentifier kind) {
    extensions.remove(kind);
    return this;
  }

  Draft purpose(KeyPurposeId... purposes) {
    return with(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
  }

  Draft names(GeneralName... names) {
    return with(Extension.subjectAlternativeName, false, new GeneralNames(names));
  }

  private void authority(Made issuer) {
    with(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(identifier(issuer.certificate().getPublicKey())));
  }

  private static String name(Made issuer) {
    return X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded())
        .toString();
  }

  private static byte[] identifier(PublicKey key) {
    try {
      return MessageDigest.getInstance("SHA-1")
          .digest(SubjectPublicKeyInfo.getInstance(key.getEncoded()).getPublicKeyData().getBytes());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private Made sign(String issuer, PrivateKey signer) {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            new X500Name(issuer),
            serial,
            Date.from(start),
            Date.from(start.plus(life)),
            new X500Name(subject),
            SubjectPublicKeyInfo.getInstance(key.getEncoded()));
    try {
      for (Extension extension : extensions.values()) {
        builder.addExtension(extension);
      }
      return new Made(
          Pem.certificate(
              builder
                  .build(
                      new JcaContentSignerBuilder(algorithm(signer))
                          .setProvider(new BouncyCastleProvider())
                          .build(signer))
                  .getEncoded()),
          own);
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  private static String algorithm(PrivateKey signer) {
    return switch (signer.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "RSASSA-PSS" -> "SHA256withRSAandMGF1";
      case "EdDSA", "Ed25519" -> "Ed25519";
      default -> "SHA256withECDSA";
    };
  }
}
