package dev.mtlsoperator.pki.key;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A thread-safe map that keeps the entries used last. */
final class BoundedCache<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;
  private static final float LOAD = 0.75f;

  private final int most;

  private BoundedCache(int most) {
    super(most, LOAD, true);
    this.most = most;
  }

  /** A new one with at most that many entries. */
  static <K, V> Map<K, V> of(int most) {
    return Collections.synchronizedMap(new BoundedCache<>(most));
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
