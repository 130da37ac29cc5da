package dev.mtlsoperator.pki;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;

/** Certificates that parse, and whose parts are not what they should be. */
public final class MalformedIdentifiers {
  private static final KeyPair KEY = key();

  /** Of a form that verifiers can read; making another one for each certificate takes long. */
  private static final byte[] SIGNATURE = signature();

  private MalformedIdentifiers() {}

  /**
   * One that says of its issuer what that CA's certificate has as subject.
   *
   * @param authority content of its authority key identifier extension
   * @param subject content of its subject key identifier extension
   */
  public static X509Certificate naming(
      X509Certificate ca, Instant start, Instant end, byte[] authority, byte[] subject) {
    return naming(ca, BigInteger.TEN, start, end, authority, subject);
  }

  /** The same with that serial number. */
  public static X509Certificate naming(
      X509Certificate ca,
      BigInteger serial,
      Instant start,
      Instant end,
      byte[] authority,
      byte[] subject) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(ca.getSubjectX500Principal().getEncoded()),
              serial,
              Date.from(start),
              Date.from(end),
              X500Name.getInstance(new X500Principal("CN=web").getEncoded()),
              KEY.getPublic());
      add(builder, Extension.authorityKeyIdentifier, authority);
      add(builder, Extension.subjectKeyIdentifier, subject);
      return new JcaX509CertificateConverter().getCertificate(builder.build(new Unchecked()));
    } catch (java.io.IOException | java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(
      JcaX509v3CertificateBuilder builder, ASN1ObjectIdentifier type, byte[] content)
      throws java.io.IOException {
    builder.addExtension(new Extension(type, false, content));
  }

  /** Signs everything alike, as the CA did not sign it anyhow. */
  private static final class Unchecked implements ContentSigner {
    private final ByteArrayOutputStream ignored = new ByteArrayOutputStream();

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
    }

    @Override
    public OutputStream getOutputStream() {
      return ignored;
    }

    @Override
    public byte[] getSignature() {
      return SIGNATURE.clone();
    }
  }

  private static byte[] signature() {
    try {
      Signature signing = Signature.getInstance("SHA256withECDSA");
      signing.initSign(KEY.getPrivate());
      signing.update(new byte[] {1});
      return signing.sign();
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair key() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
