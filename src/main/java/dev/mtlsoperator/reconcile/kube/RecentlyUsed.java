package dev.mtlsoperator.reconcile.kube;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes bounded caches that evict the least recently used entry. */
public final class RecentlyUsed {
  private RecentlyUsed() {}

  /** A thread-safe map that evicts its least recently used entry beyond this many entries. */
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
