package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * A certificate without a signature. It has everything that rotation reads and is created in a
 * microsecond, so that a simulation of ten years is fast. {@code UnsignedCertificateTest} compares
 * it with a real one.
 */
@SuppressWarnings("deprecation") // X509Certificate has abstract methods that are
final class UnsignedCertificate extends X509Certificate {
  private static final long serialVersionUID = 1L;
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Map<String, X500Principal> NAMES = new ConcurrentHashMap<>();
  private static final int KEYS_OF_A_KIND = 64;
  private static final Map<KeyParameters, List<PublicKey>> KEYS = new ConcurrentHashMap<>();

  private final long number = NUMBERS.incrementAndGet();
  private final transient CertificateRequest request;
  private final transient PublicKey key;
  private final transient @Nullable UnsignedCertificate issuer;
  private final X500Principal subject;
  private final transient byte[] subjectIdentifier;
  private final transient byte[] authorityIdentifier;

  private UnsignedCertificate(
      CertificateRequest request, PublicKey key, @Nullable UnsignedCertificate issuer) {
    this.request = request;
    this.key = key;
    this.issuer = issuer;
    subject =
        NAMES.computeIfAbsent(
            request.subject().toString(), n -> new X500Principal(request.subject().encoded()));
    subjectIdentifier = octets(new SubjectKeyIdentifier(identifier()));
    authorityIdentifier = octets(new AuthorityKeyIdentifier(issuer().identifier()));
  }

  /** A generation of a CA. */
  static UnsignedCertificate ofCA(CertificateTemplate template, Instant now) {
    return new UnsignedCertificate(template.request(now, null), key(template.key()), null);
  }

  /** A leaf. */
  static UnsignedCertificate ofLeaf(
      CertificateTemplate template, Instant now, CaGeneration issuer) {
    return new UnsignedCertificate(
        template.request(now, issuer.path()),
        key(template.key()),
        (UnsignedCertificate) issuer.certificate());
  }

  // a different one each time, until the pool of keys repeats
  private static PublicKey key(KeyParameters parameters) {
    List<PublicKey> keys =
        KEYS.computeIfAbsent(
            parameters,
            p ->
                IntStream.range(0, KEYS_OF_A_KIND)
                    .mapToObj(i -> KeyMaterial.generate(p).publicKey())
                    .toList());
    return keys.get((int) (NUMBERS.get() % KEYS_OF_A_KIND));
  }

  /** The purported issuer. */
  UnsignedCertificate issuer() {
    return issuer == null ? this : issuer;
  }

  Instant end() {
    return request.validity().notAfter();
  }

  @Override
  public byte[] getExtensionValue(String oid) {
    if (oid.equals(Extension.subjectKeyIdentifier.getId())) {
      return subjectIdentifier.clone();
    }
    if (oid.equals(Extension.authorityKeyIdentifier.getId())) {
      return authorityIdentifier.clone();
    }
    return absent();
  }

  private static byte[] octets(ASN1Object extension) {
    try {
      return new DEROctetString(extension).getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("NullAway") // as the JDK declares it
  private static byte[] absent() {
    return null;
  }

  private byte[] identifier() {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  @Override
  public Collection<List<?>> getSubjectAlternativeNames() {
    List<List<?>> names = new ArrayList<>();
    request.names().dnsNames().forEach(name -> names.add(List.of(GeneralName.dNSName, name)));
    return names;
  }

  @Override
  public List<String> getExtendedKeyUsage() {
    return switch (request.profile()) {
      case CA -> List.of();
      case SERVER -> List.of(SERVER_AUTH);
      case CLIENT -> List.of(CLIENT_AUTH);
      case PEER -> List.of(SERVER_AUTH, CLIENT_AUTH);
      case OCSP_RESPONDER -> throw new IllegalArgumentException("the simulated peers ask nobody");
    };
  }

  @Override
  public byte[] getEncoded() {
    return identifier();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }

  @Override
  public X500Principal getSubjectX500Principal() {
    return subject;
  }

  @Override
  public X500Principal getIssuerX500Principal() {
    return issuer().subject;
  }

  @Override
  public Principal getIssuerDN() {
    return getIssuerX500Principal();
  }

  @Override
  public Principal getSubjectDN() {
    return subject;
  }

  @Override
  public Date getNotBefore() {
    return Date.from(request.validity().notBefore());
  }

  @Override
  public Date getNotAfter() {
    return Date.from(request.validity().notAfter());
  }

  @Override
  public int getBasicConstraints() {
    return request.profile() == Profile.CA ? Integer.MAX_VALUE : -1;
  }

  @Override
  public PublicKey getPublicKey() {
    return key;
  }

  @Override
  public BigInteger getSerialNumber() {
    return BigInteger.valueOf(number);
  }

  @Override
  public int getVersion() {
    return 3;
  }

  @Override
  public String toString() {
    return "certificate " + number + " of " + subject + " by " + issuer().number;
  }

  // rotation uses none of the following

  @Override
  public void checkValidity() {
    throw unasked();
  }

  @Override
  public void checkValidity(Date date) {
    throw unasked();
  }

  @Override
  public byte[] getTBSCertificate() {
    throw unasked();
  }

  @Override
  public byte[] getSignature() {
    throw unasked();
  }

  @Override
  public String getSigAlgName() {
    throw unasked();
  }

  @Override
  public String getSigAlgOID() {
    throw unasked();
  }

  @Override
  public byte[] getSigAlgParams() {
    throw unasked();
  }

  @Override
  public boolean[] getIssuerUniqueID() {
    throw unasked();
  }

  @Override
  public boolean[] getSubjectUniqueID() {
    throw unasked();
  }

  @Override
  public boolean[] getKeyUsage() {
    throw unasked();
  }

  @Override
  public void verify(PublicKey by) {
    throw unasked();
  }

  @Override
  public void verify(PublicKey by, String provider) {
    throw unasked();
  }

  @Override
  public boolean hasUnsupportedCriticalExtension() {
    return false;
  }

  @Override
  public Set<String> getCriticalExtensionOIDs() {
    return Set.of();
  }

  @Override
  public Set<String> getNonCriticalExtensionOIDs() {
    return Set.of();
  }

  private static UnsupportedOperationException unasked() {
    return new UnsupportedOperationException("a paper certificate does not say that");
  }
}
