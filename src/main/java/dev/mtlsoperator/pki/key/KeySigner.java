package dev.mtlsoperator.pki.key;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A private key in the form with which its provider signs fastest, converted once, and the
 * signature algorithm that goes with it.
 */
public final class KeySigner {
  private final PrivateKey key;
  private final KeyParameters parameters;

  private KeySigner(PrivateKey key, KeyParameters parameters) {
    this.key = key;
    this.parameters = parameters;
  }

  /**
   * Converts a key.
   *
   * @throws PkiException if it cannot be used
   */
  public static KeySigner of(KeyMaterial material) {
    PrivateKey key = material.revealPrivateKey();
    try {
      return new KeySigner(
          isOnCurve(material.parameters()) ? Curves.signing(key) : key, material.parameters());
    } catch (GeneralSecurityException e) {
      // the cause may quote the key: it is not passed on
      throw new PkiException("the private key cannot be used");
    }
  }

  /** For one signature. */
  public ContentSigner signer() throws OperatorCreationException {
    JcaContentSignerBuilder builder = new JcaContentSignerBuilder(parameters.signatureAlgorithm());
    return (isOnCurve(parameters) ? builder.setProvider(Curves.PROVIDER) : builder).build(key);
  }

  private static boolean isOnCurve(KeyParameters parameters) {
    return parameters.algorithm() == KeyType.ECDSA;
  }

  @Override
  public String toString() {
    return "KeySigner[key withheld]";
  }
}
