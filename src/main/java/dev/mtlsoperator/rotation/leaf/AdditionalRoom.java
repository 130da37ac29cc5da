package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.encoding.Pem;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Bounds what {@code additionalTrust} of several RootCAs adds to one leaf. Each of them may bring a
 * whole system bundle; all of them together would no longer fit into a Secret, and the leaf could
 * not be renewed. What the leaf holds already comes first, so that no RootCA displaces what another
 * one brought before.
 */
public final class AdditionalRoom {
  /**
   * Of one RootCA, and of one leaf, in characters of PEM: almost twice all public CAs. With its
   * truststore a bundle then fits into a Secret, which has at most 1 MiB.
   */
  public static final int MOST = 384 * 1024;

  private final Set<X509Certificate> taken = new HashSet<>();
  private final SortedMap<CAName, Integer> leftOut = new TreeMap<>();
  private long used;

  /**
   * @param offered by each RootCA
   * @param held what the leaf's bundle holds now
   */
  AdditionalRoom(Map<CAName, List<X509Certificate>> offered, Collection<X509Certificate> held) {
    Set<X509Certificate> former = new HashSet<>(held);
    offered.values().stream().flatMap(List::stream).filter(former::contains).forEach(this::take);
  }

  /** Those of a RootCA's additional certificates that fit, after those of all RootCAs before it. */
  List<X509Certificate> fitting(CAName ca, List<X509Certificate> additional) {
    List<X509Certificate> fitting = new ArrayList<>();
    for (X509Certificate candidate : additional) {
      if (taken.contains(candidate) || used + Pem.size(candidate) <= MOST) {
        take(candidate);
        fitting.add(candidate);
      } else {
        leftOut.merge(ca, 1, Integer::sum);
      }
    }
    return fitting;
  }

  /** How many certificates of each RootCA did not fit. */
  SortedMap<CAName, Integer> leftOut() {
    return leftOut;
  }

  private void take(X509Certificate certificate) {
    if (taken.add(certificate)) {
      used += Pem.size(certificate);
    }
  }
}
