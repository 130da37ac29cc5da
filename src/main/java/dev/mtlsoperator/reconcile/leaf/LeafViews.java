package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.secret.Digests;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * How each leaf saw its RootCAs when it was last reconciled. A change of a RootCA or of a namespace
 * wakes the leaves that see something else since, and not all leaves with every edit.
 */
final class LeafViews {
  private static final int MOST_VIEWS = 100_000;

  private final BiFunction<LeafCert<?>, CAName, Optional<RootCA>> admitting;
  private final Map<String, String> views = new ConcurrentHashMap<>();

  /**
   * @param admitting a RootCA, if it admits the leaf's namespace
   */
  LeafViews(BiFunction<LeafCert<?>, CAName, Optional<RootCA>> admitting) {
    this.admitting = admitting;
  }

  /** Notes how a leaf sees its RootCAs now. */
  void remember(LeafCert<?> leaf) {
    if (views.size() > MOST_VIEWS) {
      // most are of leaves that are gone
      views.clear();
    }
    views.put(leaf.getMetadata().getUid(), view(leaf));
  }

  /** Whether a leaf sees its RootCAs otherwise than when it was last reconciled. */
  boolean hasChanged(LeafCert<?> leaf) {
    return !view(leaf).equals(views.get(leaf.getMetadata().getUid()));
  }

  private String view(LeafCert<?> leaf) {
    StringBuilder view = new StringBuilder();
    for (CAName name : leaf.referredCAs()) {
      view.append(
          admitting
              .apply(leaf, name)
              .map(
                  ca ->
                      ca.getMetadata().getUid()
                          + ReferredCA.isStopped(ca)
                          + ReferredCA.additionalTrust(ca)
                          + ReferredCA.distrusts(ca)
                          + (leaf.getSpec().revocations() || leaf.getSpec().revoked() != null
                              ? ReferredCA.crl(ca)
                              : "")
                          + (name.equals(leaf.signingCA()) ? " " + ca.getSpec().policy() : ""))
              .orElse("-"));
      view.append('\n');
    }
    // most leaves see the same: one text is enough
    return Digests.of(view.toString()).intern();
  }
}
