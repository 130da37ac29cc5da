package dev.mtlsoperator.reconcile.kube;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Has work that may take long, such as a call over the network, done by one thread at a time for
 * each key, and by as many as there are keys. Nothing is kept: not what the work returned or threw,
 * and of a key nothing once nobody works for it.
 */
public final class KeyedLocks<K> {
  private final Map<K, Shared> locks = new HashMap<>();

  /** A lock, and how many threads hold or await it. */
  private static final class Shared {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
  }

  /** Does the work when no other thread works for that key. */
  public <T> T run(K key, Supplier<T> work) {
    Shared shared = enter(key);
    shared.lock.lock();
    try {
      return work.get();
    } finally {
      shared.lock.unlock();
      leave(key, shared);
    }
  }

  private synchronized Shared enter(K key) {
    Shared shared = locks.computeIfAbsent(key, absent -> new Shared());
    shared.users++;
    return shared;
  }

  private synchronized void leave(K key, Shared shared) {
    shared.users--;
    if (shared.users == 0) {
      locks.remove(key);
    }
  }
}
