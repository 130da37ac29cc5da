package dev.mtlsoperator.pki.key;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Principal;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A certificate whose signature is verified by {@link Curves#PROVIDER} if it was made by a key on
 * an elliptic curve. The JDK's path validator knows providers only by name and would need it
 * registered for the whole JVM; it calls {@code verify(key, null)}. Like the JDK's own certificates
 * it remembers the key that verified it last, because a path is validated for several times.
 */
public final class SignedOnCurve extends X509Certificate {
  private static final long serialVersionUID = 1L;

  /** Roughly the intermediates in use at the same time. */
  private static final int ISSUERS = 64;

  private static final Map<X509Certificate, SignedOnCurve> KNOWN_ISSUERS = BoundedCache.of(ISSUERS);

  private final X509Certificate same;
  private transient volatile @Nullable PublicKey verifiedBy;

  public SignedOnCurve(X509Certificate same) {
    this.same = same;
  }

  /**
   * The same for a CA's certificate, which is above many leaves: its signature by the same key is
   * verified once. Known by all of its bytes, the last ones used are cached.
   */
  public static SignedOnCurve issuer(X509Certificate same) {
    return KNOWN_ISSUERS.computeIfAbsent(same, SignedOnCurve::new);
  }

  @Override
  public void verify(PublicKey key)
      throws CertificateException,
          NoSuchAlgorithmException,
          InvalidKeyException,
          NoSuchProviderException,
          SignatureException {
    if (key.equals(verifiedBy)) {
      return;
    }
    if (key instanceof ECPublicKey) {
      same.verify(key, Curves.PROVIDER);
    } else {
      same.verify(key);
    }
    verifiedBy = key;
  }

  @Override
  public void verify(PublicKey key, @Nullable String provider)
      throws CertificateException,
          NoSuchAlgorithmException,
          InvalidKeyException,
          NoSuchProviderException,
          SignatureException {
    if (provider == null) {
      verify(key);
    } else {
      same.verify(key, provider);
    }
  }

  @Override
  public void verify(PublicKey key, Provider provider)
      throws CertificateException,
          NoSuchAlgorithmException,
          InvalidKeyException,
          SignatureException {
    same.verify(key, provider);
  }

  @Override
  public byte[] getEncoded() throws CertificateEncodingException {
    return same.getEncoded();
  }

  @Override
  public PublicKey getPublicKey() {
    return same.getPublicKey();
  }

  @Override
  public void checkValidity() throws CertificateExpiredException, CertificateNotYetValidException {
    same.checkValidity();
  }

  @Override
  public void checkValidity(Date date)
      throws CertificateExpiredException, CertificateNotYetValidException {
    same.checkValidity(date);
  }

  @Override
  public int getVersion() {
    return same.getVersion();
  }

  @Override
  public BigInteger getSerialNumber() {
    return same.getSerialNumber();
  }

  @Override
  @SuppressWarnings("deprecation") // the JDK still declares it abstract
  public Principal getIssuerDN() {
    return same.getIssuerDN();
  }

  @Override
  public X500Principal getIssuerX500Principal() {
    return same.getIssuerX500Principal();
  }

  @Override
  @SuppressWarnings("deprecation") // the JDK still declares it abstract
  public Principal getSubjectDN() {
    return same.getSubjectDN();
  }

  @Override
  public X500Principal getSubjectX500Principal() {
    return same.getSubjectX500Principal();
  }

  @Override
  public Date getNotBefore() {
    return same.getNotBefore();
  }

  @Override
  public Date getNotAfter() {
    return same.getNotAfter();
  }

  @Override
  public byte[] getTBSCertificate() throws CertificateEncodingException {
    return same.getTBSCertificate();
  }

  @Override
  public byte[] getSignature() {
    return same.getSignature();
  }

  @Override
  public String getSigAlgName() {
    return same.getSigAlgName();
  }

  @Override
  public String getSigAlgOID() {
    return same.getSigAlgOID();
  }

  @Override
  public byte[] getSigAlgParams() {
    return same.getSigAlgParams();
  }

  @Override
  public boolean[] getIssuerUniqueID() {
    return same.getIssuerUniqueID();
  }

  @Override
  public boolean[] getSubjectUniqueID() {
    return same.getSubjectUniqueID();
  }

  @Override
  public boolean[] getKeyUsage() {
    return same.getKeyUsage();
  }

  @Override
  public List<String> getExtendedKeyUsage() throws CertificateParsingException {
    return same.getExtendedKeyUsage();
  }

  @Override
  public int getBasicConstraints() {
    return same.getBasicConstraints();
  }

  @Override
  public Collection<List<?>> getSubjectAlternativeNames() throws CertificateParsingException {
    return same.getSubjectAlternativeNames();
  }

  @Override
  public Collection<List<?>> getIssuerAlternativeNames() throws CertificateParsingException {
    return same.getIssuerAlternativeNames();
  }

  @Override
  public boolean hasUnsupportedCriticalExtension() {
    return same.hasUnsupportedCriticalExtension();
  }

  @Override
  public Set<String> getCriticalExtensionOIDs() {
    return same.getCriticalExtensionOIDs();
  }

  @Override
  public Set<String> getNonCriticalExtensionOIDs() {
    return same.getNonCriticalExtensionOIDs();
  }

  @Override
  public byte[] getExtensionValue(String oid) {
    return same.getExtensionValue(oid);
  }

  @Override
  public String toString() {
    return same.toString();
  }
}
