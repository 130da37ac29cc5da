package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.secret.trust.SplitObjects;
import dev.mtlsoperator.secret.trust.TrustContent;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names of the objects of split trust bundles, as of the last look at each RootCA: in other
 * namespaces only a change of one of these triggers it, however many a tenant names alike.
 */
public final class SplitNames {
  /** A RootCA that is forgotten repairs such an object with its next ordinary look. */
  private static final int MOST_ROOT_CAS = 1000;

  private final Map<String, Set<String>> byUid = RecentlyUsed.atMost(MOST_ROOT_CAS);

  /** Notes the names that a look found to be wanted. */
  public void note(RootCA ca, TrustContent content) {
    Set<String> names =
        ca.getSpec().trustBundles().stream()
            .filter(TrustBundle::isSplit)
            .flatMap(bundle -> SplitObjects.names(bundle, content).stream())
            .collect(Collectors.toUnmodifiableSet());
    String uid = ca.getMetadata().getUid();
    if (names.isEmpty()) {
      byUid.remove(uid);
    } else {
      byUid.put(uid, names);
    }
  }

  /** Whether a split bundle of a RootCA has an object of that name. */
  public boolean include(RootCA ca, String name) {
    Set<String> names = byUid.get(ca.getMetadata().getUid());
    return names != null && names.contains(name);
  }
}
