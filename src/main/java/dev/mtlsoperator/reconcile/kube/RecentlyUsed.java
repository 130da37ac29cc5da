package dev.mtlsoperator.reconcile.kube;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is remembered, so that it need not be found out again; bounded. */
public final class RecentlyUsed {
  private RecentlyUsed() {}

  /**
   * A map for several threads; beyond so many entries the one is forgotten that was used least
   * recently.
   */
  public static <K, V> Map<K, V> atMost(int entries) {
    return Collections.synchronizedMap(
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > entries;
          }
        });
  }
}
