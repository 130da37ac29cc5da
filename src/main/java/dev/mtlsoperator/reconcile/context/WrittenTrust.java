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
 * Which certificates this process wrote into the Secrets of leaves whose CAs are in other
 * namespaces. Who owns such a Secret can put an older content of it back, with a seal that is
 * valid, and would hold up a CA that waits until everybody holds its successor; only who wrote the
 * newer content can tell. Nothing of it is kept: after a start each Secret is mended once more
 * before that.
 */
public final class WrittenTrust {
  /** The one that was written longest ago is forgotten: its Secret is waited for again. */
  private static final int MOST = 20_000;

  private final Map<String, Set<Fingerprint>> byLeafUid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Set<Fingerprint>> eldest) {
          return size() > MOST;
        }
      };

  /** What was written into the leaf's Secret last. */
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

  /** Whether a certificate is among what was written into the leaf's Secret last. */
  public boolean has(LeafCert<?> leaf, X509Certificate certificate) {
    Fingerprint fingerprint = Fingerprint.of(certificate);
    synchronized (byLeafUid) {
      return byLeafUid.getOrDefault(leaf.getMetadata().getUid(), Set.of()).contains(fingerprint);
    }
  }
}
