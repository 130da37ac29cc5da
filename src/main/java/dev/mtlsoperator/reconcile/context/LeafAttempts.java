package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.secret.Digests;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What came of the last attempts to bring leaves up to date, as far as their owners kept it from
 * working: a rotation waits for nobody who was asked and said no. An error of the API server itself
 * is noted nowhere. Nothing of it is kept over a restart: each leaf is tried again then.
 */
public final class LeafAttempts {
  /** The one that was noted longest ago is forgotten: its leaf is waited for until it is tried. */
  private static final int MOST = 50_000;

  /**
   * How many repairs of a leaf's Secret are waited for; after that the rotation goes on without it.
   */
  private static final int MOST_REPAIRS = 3;

  /** A Secret that was left unchanged for that long is waited for again. */
  private static final Duration PEACE = Duration.ofHours(1);

  /** Owners choose part of it, and a status has bounds. */
  private static final int LONGEST_REASON = 300;

  private final Map<String, Attempts> byLeafUid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Attempts> eldest) {
          return size() > MOST;
        }
      };

  /** A write that was refused, and the certificates to trust that it would have brought. */
  private record Refused(String why, Heads trust) {}

  /**
   * Of many certificates the first eight bytes of each fingerprint: a bundle has hundreds, and this
   * is kept for each leaf. Who finds another one with the same gains nothing but an excuse.
   */
  private static final class Heads {
    private static final int FIRST_DIGIT = "sha256:".length();
    private static final int DIGITS = 16;

    private final long[] sorted;

    Heads(Set<Fingerprint> all) {
      sorted = all.stream().mapToLong(Heads::head).sorted().toArray();
    }

    boolean containAll(Set<Fingerprint> some) {
      return some.stream()
          .mapToLong(Heads::head)
          .allMatch(h -> Arrays.binarySearch(sorted, h) >= 0);
    }

    private static long head(Fingerprint fingerprint) {
      return Long.parseUnsignedLong(fingerprint.text(), FIRST_DIGIT, FIRST_DIGIT + DIGITS, 16);
    }
  }

  /**
   * @param refused the last write, if it was refused
   * @param stopped why no certificate can be issued
   * @param retrusted digest of the trust that was written alone the last time; empty: none was
   * @param repairs how often its content was put right, at most {@link #PEACE} apart
   */
  private record Attempts(
      Optional<Refused> refused,
      Optional<Finding> stopped,
      String retrusted,
      int repairs,
      Instant lastRepair) {
    static final Attempts NONE =
        new Attempts(Optional.empty(), Optional.empty(), "", 0, Instant.MIN);

    Attempts withRefused(Optional<Refused> now) {
      return new Attempts(now, stopped, retrusted, repairs, lastRepair);
    }

    Attempts withStopped(Optional<Finding> now) {
      return new Attempts(refused, now, retrusted, repairs, lastRepair);
    }

    Attempts withRetrusted(String now) {
      return new Attempts(refused, stopped, now, repairs, lastRepair);
    }

    Attempts withRepair(Instant at) {
      return new Attempts(
          refused, stopped, retrusted, isRecent(lastRepair, at) ? repairs + 1 : 1, at);
    }

    static boolean isRecent(Instant last, Instant now) {
      return last.isAfter(now.minus(PEACE));
    }
  }

  /**
   * A write of the leaf's Secret was refused, or overtaken each time.
   *
   * @param trust what it would have brought
   */
  public void refused(LeafCert<?> leaf, String why, Collection<X509Certificate> trust) {
    Refused refused = new Refused(bounded(why), new Heads(fingerprints(trust)));
    put(leaf, attempts(leaf).withRefused(Optional.of(refused)));
  }

  /** The leaf's Secret was written. */
  public void written(LeafCert<?> leaf) {
    change(leaf, attempts(leaf).withRefused(Optional.empty()));
  }

  /** No certificate can be issued for the leaf, or no keystore encoded, until its owner acts. */
  public void stopped(LeafCert<?> leaf, Finding why) {
    Finding told = new Finding(why.reason(), bounded(why.message()));
    put(leaf, attempts(leaf).withStopped(Optional.of(told)));
  }

  /** Nothing is left to do for the leaf. */
  public void upToDate(LeafCert<?> leaf) {
    change(leaf, attempts(leaf).withRefused(Optional.empty()).withStopped(Optional.empty()));
  }

  /** Trust was written alone. What was written before, and was taken out since, is a repair. */
  public void retrusted(LeafCert<?> leaf, Collection<X509Certificate> trust, Instant now) {
    String all = digest(trust);
    Attempts before = attempts(leaf);
    put(leaf, before.retrusted().equals(all) ? before.withRepair(now) : before.withRetrusted(all));
  }

  /** What somebody else did to the Secret was put right. */
  public void repaired(LeafCert<?> leaf, Instant now) {
    put(leaf, attempts(leaf).withRepair(now));
  }

  /** Why the last write was refused, if it would have brought these certificates. */
  public Optional<String> refusal(LeafCert<?> leaf, Set<Fingerprint> trust) {
    return attempts(leaf).refused().filter(r -> r.trust().containAll(trust)).map(Refused::why);
  }

  /** Why no certificate can be issued. */
  public Optional<Finding> stopped(LeafCert<?> leaf) {
    return attempts(leaf).stopped();
  }

  /** Whether the Secret is put right again and again, and somebody else changes it each time. */
  public boolean isDisturbed(LeafCert<?> leaf, Instant now) {
    Attempts known = attempts(leaf);
    return known.repairs() >= MOST_REPAIRS && Attempts.isRecent(known.lastRepair(), now);
  }

  private static String bounded(String why) {
    return why.length() > LONGEST_REASON ? why.substring(0, LONGEST_REASON) + "…" : why;
  }

  private static String digest(Collection<X509Certificate> certificates) {
    return Digests.of(
        fingerprints(certificates).stream()
            .map(Fingerprint::text)
            .sorted()
            .collect(Collectors.joining("\n")));
  }

  private static Set<Fingerprint> fingerprints(Collection<X509Certificate> certificates) {
    return certificates.stream().map(Fingerprint::of).collect(Collectors.toUnmodifiableSet());
  }

  private Attempts attempts(LeafCert<?> leaf) {
    synchronized (byLeafUid) {
      return byLeafUid.getOrDefault(leaf.getMetadata().getUid(), Attempts.NONE);
    }
  }

  // of those of whom nothing is known, nothing is kept
  private void change(LeafCert<?> leaf, Attempts now) {
    if (now.equals(Attempts.NONE)) {
      synchronized (byLeafUid) {
        byLeafUid.remove(leaf.getMetadata().getUid());
      }
    } else {
      put(leaf, now);
    }
  }

  // a leaf is reconciled by one thread at a time
  private void put(LeafCert<?> leaf, Attempts now) {
    String uid = leaf.getMetadata().getUid();
    synchronized (byLeafUid) {
      byLeafUid.remove(uid);
      byLeafUid.put(uid, now);
    }
  }
}
