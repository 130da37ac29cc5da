package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
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
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v1CertificateBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Certificates as our own CA would not make them: right in all but what a test changes. */
public final class MalformedCertificate {
  public static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  public static final Instant END = Instant.parse("2027-11-23T12:00:00Z");

  public X500Name subject;
  Instant notBefore = NOW.minusSeconds(300);
  public Instant notAfter = END;
  public KeyMaterial key = TestKeys.fresh();
  KeyMaterial signingKey = key;
  @Nullable BasicConstraints basicConstraints;
  public @Nullable Integer keyUsage;
  @Nullable KeyPurposeId purpose;
  public @Nullable ASN1Encodable nameConstraints;
  public byte @Nullable [] keyIdentifier = Profile.keyIdentifier(key.publicKey());
  boolean authorityKeyIdentifier = true;
  List<String> dnsNames = List.of();
  List<GeneralName> otherNames = List.of();

  private MalformedCertificate(String subject) {
    this.subject = new X500Name(subject);
  }

  /** A certificate and its key. */
  public record Pair(X509Certificate certificate, KeyMaterial key) {}

  public static Pair root(Consumer<MalformedCertificate> changes) {
    MalformedCertificate root = new MalformedCertificate("CN=root");
    root.basicConstraints = new BasicConstraints(true);
    root.keyUsage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
    root.authorityKeyIdentifier = false;
    changes.accept(root);
    return root.sign(root.subject, Profile.keyIdentifier(root.key.publicKey()));
  }

  public static Pair intermediate(Pair issuer, Consumer<MalformedCertificate> changes) {
    MalformedCertificate ca = new MalformedCertificate("CN=intermediate");
    ca.basicConstraints = new BasicConstraints(true);
    ca.keyUsage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
    ca.signingKey = issuer.key();
    changes.accept(ca);
    return ca.signedBy(issuer);
  }

  public static Pair leaf(Pair issuer, Consumer<MalformedCertificate> changes) {
    MalformedCertificate leaf = new MalformedCertificate("CN=leaf");
    leaf.keyUsage = KeyUsage.digitalSignature;
    leaf.purpose = KeyPurposeId.id_kp_serverAuth;
    leaf.dnsNames = List.of("www.example.org");
    leaf.signingKey = issuer.key();
    changes.accept(leaf);
    return leaf.signedBy(issuer);
  }

  /** Lets it end at this time. */
  public void expired(Instant end) {
    notBefore = end.minusSeconds(3600);
    notAfter = end;
  }

  /** A certificate of X.509 version 1, which has no extensions, signed with its own key. */
  public static X509Certificate ofVersion1(String subject, String issuer) {
    KeyMaterial key = TestKeys.fresh();
    X509v1CertificateBuilder builder =
        new X509v1CertificateBuilder(
            new X500Name(issuer),
            BigInteger.ONE,
            Date.from(NOW.minusSeconds(300)),
            Date.from(NOW.plusSeconds(30_000_000)),
            new X500Name(subject),
            SubjectPublicKeyInfo.getInstance(key.publicKey().getEncoded()));
    try {
      return Pem.certificate(
          builder
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.revealPrivateKey()))
              .getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  private Pair signedBy(Pair issuer) {
    return sign(
        X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded()),
        KeyIdentifiers.subject(issuer.certificate()));
  }

  private Pair sign(X500Name issuer, byte[] issuerKeyIdentifier) {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            issuer,
            BigInteger.valueOf(System.nanoTime()),
            Date.from(notBefore),
            Date.from(notAfter),
            subject,
            SubjectPublicKeyInfo.getInstance(key.publicKey().getEncoded()));
    add(
        builder,
        Extension.subjectKeyIdentifier,
        false,
        keyIdentifier == null ? null : new SubjectKeyIdentifier(keyIdentifier));
    if (authorityKeyIdentifier) {
      add(
          builder,
          Extension.authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier(issuerKeyIdentifier));
    }
    add(builder, Extension.basicConstraints, true, basicConstraints);
    add(builder, Extension.keyUsage, true, keyUsage == null ? null : new KeyUsage(keyUsage));
    add(
        builder,
        Extension.extendedKeyUsage,
        false,
        purpose == null ? null : new ExtendedKeyUsage(purpose));
    add(builder, Extension.nameConstraints, true, nameConstraints);
    add(
        builder,
        Extension.subjectAlternativeName,
        false,
        dnsNames.isEmpty() && otherNames.isEmpty()
            ? null
            : new GeneralNames(
                Stream.concat(
                        dnsNames.stream().map(name -> new GeneralName(GeneralName.dNSName, name)),
                        otherNames.stream())
                    .toArray(GeneralName[]::new)));
    try {
      return new Pair(
          Pem.certificate(
              builder
                  .build(
                      new JcaContentSignerBuilder("SHA256withECDSA")
                          .build(signingKey.revealPrivateKey()))
                  .getEncoded()),
          key);
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  static NameConstraints excluding(String dnsName) {
    return new NameConstraints(
        null,
        new org.bouncycastle.asn1.x509.GeneralSubtree[] {
          new org.bouncycastle.asn1.x509.GeneralSubtree(
              new GeneralName(GeneralName.dNSName, dnsName))
        });
  }

  private static void add(
      X509v3CertificateBuilder builder,
      ASN1ObjectIdentifier oid,
      boolean critical,
      @Nullable ASN1Encodable value) {
    if (value != null) {
      try {
        builder.addExtension(oid, critical, value);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }
}
