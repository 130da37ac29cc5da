package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.pki.advice.LeafAdvice;
import dev.mtlsoperator.pki.advice.LeafSubject;
import dev.mtlsoperator.secret.AcceptedAdvice;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Tells which peers refuse the certificate and the keystores of a leaf. */
public final class LeafAdvisory {
  private LeafAdvisory() {}

  /**
   * What is to be said about a certificate in service that the leaf's owner has not accepted.
   *
   * @param trusted CAs in the leaf's bundle that verifiers cannot tell apart
   * @param unfitting how many certificates of a RootCA find no room in it
   */
  public static Advisory of(
      LeafCert<?> leaf,
      X509Certificate certificate,
      List<Namesakes.Pair> trusted,
      SortedMap<CAName, Integer> unfitting) {
    SortedMap<String, Integer> named = new TreeMap<>();
    unfitting.forEach((ca, count) -> named.put("'" + ca + "'", count));
    return Advisory.of(
        LeafAdvice.on(
            new LeafSubject(
                certificate,
                Layout.of(leaf).keystores().map(Layout.Stores::pkcs12),
                trusted,
                named)),
        AcceptedAdvice.of(leaf));
  }
}
