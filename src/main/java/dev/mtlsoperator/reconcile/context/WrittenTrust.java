package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Remembers which certificates this process wrote into Secrets of leaves whose CAs are in other
 * namespaces. The owner of such a Secret can put back an older content with a valid seal, and would
 * block a CA that waits until every leaf holds its successor; only the process that wrote the newer
 * content can detect that. Kept in memory only: after a start, each such Secret is first repaired
 * once more.
 */
public final class WrittenTrust {
  /** Beyond this number the oldest entry is forgotten: its Secret is waited for again. */
  private static final int MOST = 20_000;

  private final Map<String, Set<Fingerprint>> byLeafUid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Set<Fingerprint>> eldest) {
          return size() > MOST;
        }
      };

  /** Remembers what was last written into the leaf's Secret. */
  public void remember(LeafCert<?> leaf, Secret secret) {
    String uid = leaf.getMetadata().getUid();
    boolean reachesOut =
        leaf.trustedCAs().stream()
            .anyMatch(ca -> !ca.namespace().equals(leaf.getMetadata().getNamespace()));
    Set<Fingerprint> written =
        reachesOut
            ? SecretData.certificates(secret, Keys.CA_CRT).stream()
                .map(Fingerprint::of)
                .collect(Collectors.toUnmodifiableSet())
            : Set.of();
    synchronized (byLeafUid) {
      byLeafUid.remove(uid);
      if (!written.isEmpty()) {
        byLeafUid.put(uid, written);
      }
    }
  }

  /** Whether a certificate is among those last written into the leaf's Secret. */
  public boolean has(LeafCert<?> leaf, X509Certificate certificate) {
    Fingerprint fingerprint = Fingerprint.of(certificate);
    synchronized (byLeafUid) {
      return byLeafUid.getOrDefault(leaf.getMetadata().getUid(), Set.of()).contains(fingerprint);
    }
  }
}
