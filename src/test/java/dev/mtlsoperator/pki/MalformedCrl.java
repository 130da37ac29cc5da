package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.key.KeyMaterial;
import java.io.IOException;
import java.math.BigInteger;
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
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** CRLs as our own CA would not make them: right in all but what a test changes. */
public final class MalformedCrl {
  public static final Instant NOW = MalformedCertificate.NOW;

  public @Nullable Instant nextUpdate = NOW.plus(Duration.ofDays(30));
  public KeyMaterial key;
  public X500Name issuer;
  private final Map<ASN1ObjectIdentifier, Extension> extensions = new LinkedHashMap<>();
  private final Map<BigInteger, Extensions> entries = new LinkedHashMap<>();

  private MalformedCrl(MalformedCertificate.Pair ca) {
    this.key = ca.key();
    this.issuer = name(ca.certificate());
    set(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(KeyIdentifiers.subject(ca.certificate())));
    set(Extension.cRLNumber, false, new CRLNumber(BigInteger.TEN));
  }

  private static X500Name name(X509Certificate certificate) {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  /** The CRL in DER. */
  public static byte[] of(MalformedCertificate.Pair ca, Consumer<MalformedCrl> changes) {
    MalformedCrl crl = new MalformedCrl(ca);
    changes.accept(crl);
    return crl.sign();
  }

  /** Sets an extension of the CRL. */
  public void set(ASN1ObjectIdentifier kind, boolean critical, ASN1Encodable value) {
    extensions.put(kind, extension(kind, critical, value));
  }

  public void remove(ASN1ObjectIdentifier kind) {
    extensions.remove(kind);
  }

  /** Revokes a certificate, in an entry with an extension. */
  public void revoke(
      BigInteger serialNumber, ASN1ObjectIdentifier kind, boolean critical, ASN1Encodable value) {
    entries.put(serialNumber, new Extensions(extension(kind, critical, value)));
  }

  private static Extension extension(
      ASN1ObjectIdentifier kind, boolean critical, ASN1Encodable value) {
    try {
      return new Extension(kind, critical, value.toASN1Primitive().getEncoded());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private byte[] sign() {
    X509v2CRLBuilder builder = new X509v2CRLBuilder(issuer, Date.from(NOW));
    if (nextUpdate != null) {
      builder.setNextUpdate(Date.from(nextUpdate));
    }
    entries.forEach((serial, more) -> builder.addCRLEntry(serial, Date.from(NOW), more));
    try {
      for (Extension extension : extensions.values()) {
        builder.addExtension(extension);
      }
      return builder
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.revealPrivateKey()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }
}
