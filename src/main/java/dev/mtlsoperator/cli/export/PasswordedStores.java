package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.pki.key.Password;

/** Keystore and truststore in PKCS#12, which one password opens. */
final class PasswordedStores {
  private final byte[] keystore;
  private final byte[] truststore;
  private final Password password;

  PasswordedStores(byte[] keystore, byte[] truststore, Password password) {
    this.keystore = keystore.clone();
    this.truststore = truststore.clone();
    this.password = password;
  }

  byte[] keystore() {
    return keystore.clone();
  }

  byte[] truststore() {
    return truststore.clone();
  }

  Password password() {
    return password;
  }

  @Override
  public String toString() {
    return "PasswordedStores[withheld]";
  }
}
