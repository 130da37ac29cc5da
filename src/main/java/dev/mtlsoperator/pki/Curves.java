package dev.mtlsoperator.pki;

import java.security.Provider;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Who computes on elliptic curves: Bouncy Castle, which on JDK 17 takes a third to a half of the
 * JDK's time. Keys are encoded by the JDK all the same.
 */
final class Curves {
  static final Provider PROVIDER = new BouncyCastleProvider();

  static {
    // the JDK's path validator knows providers by name only; at the end of the list nobody else
    // gets it unasked
    Security.addProvider(PROVIDER);
  }

  private Curves() {}
}
