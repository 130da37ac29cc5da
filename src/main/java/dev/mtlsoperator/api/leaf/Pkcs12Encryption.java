package dev.mtlsoperator.api.leaf;

/** How PKCS#12 keystores are encrypted. */
public enum Pkcs12Encryption {
  /** PBES2 with AES-256 and HMAC-SHA-256 (RFC 8018), the current standard. */
  Modern,
  /**
   * 3DES and SHA-1 (RFC 7292 appendix C): for macOS up to 14, iOS, Android up to 15, Windows Server
   * 2016, and programs older than Java 8u301 or OpenSSL 1.1.
   */
  Legacy
}
