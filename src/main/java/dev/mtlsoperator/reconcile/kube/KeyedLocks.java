package dev.mtlsoperator.reconcile.kube;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Runs slow work, such as a network call, in one thread at a time per key, and for different keys
 * in parallel. Neither results nor unused keys are kept.
 */
public final class KeyedLocks<K> {
  private final Map<K, Shared> locks = new HashMap<>();

  /** A lock with the number of threads that hold or await it. */
  private static final class Shared {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
  }

  /** Runs the work as soon as no other thread works for that key. */
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
