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
 * Remembers the results of the last attempts to update leaves, as far as their owners prevented an
 * update: a rotation does not wait for owners that refuse. Errors of the API server itself are not
 * noted. Nothing survives a restart: each leaf is tried again then.
 */
public final class LeafAttempts {
  /**
   * Beyond this number the oldest entry is forgotten: its leaf is waited for until it is tried
   * again.
   */
  private static final int MOST = 50_000;

  /**
   * How many repairs of a leaf's Secret are waited for; then the rotation continues without the
   * leaf.
   */
  private static final int MOST_REPAIRS = 3;

  /** A Secret that was left unchanged for this long is waited for again. */
  private static final Duration PEACE = Duration.ofHours(1);

  /** Owners choose part of the text, and a status is bounded. */
  private static final int LONGEST_REASON = 300;

  private final Map<String, Attempts> byLeafUid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Attempts> eldest) {
          return size() > MOST;
        }
      };

  /** A refused write, and the certificates to trust that it would have brought. */
  private record Refused(String why, Heads trust) {}

  /**
   * The first eight bytes of the fingerprint of each certificate: a bundle may have hundreds, and
   * this is kept for each leaf. A collision would gain its author only an exemption.
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
   * @param retrusted digest of the trust that was last written alone; empty: none was
   * @param repairs how often its content was repaired, at most {@link #PEACE} apart
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
   * Notes that a write of the leaf's Secret was refused, or conflicted each time.
   *
   * @param trust the certificates that it would have brought
   */
  public void refused(LeafCert<?> leaf, String why, Collection<X509Certificate> trust) {
    Refused refused = new Refused(bounded(why), new Heads(fingerprints(trust)));
    put(leaf, attempts(leaf).withRefused(Optional.of(refused)));
  }

  /** Notes that the leaf's Secret was written. */
  public void written(LeafCert<?> leaf) {
    change(leaf, attempts(leaf).withRefused(Optional.empty()));
  }

  /**
   * Notes that no certificate can be issued for the leaf, or no keystore encoded, until its owner
   * acts.
   */
  public void stopped(LeafCert<?> leaf, Finding why) {
    Finding told = new Finding(why.reason(), bounded(why.message()));
    put(leaf, attempts(leaf).withStopped(Optional.of(told)));
  }

  /** Notes that nothing is left to do for the leaf. */
  public void upToDate(LeafCert<?> leaf) {
    change(leaf, attempts(leaf).withRefused(Optional.empty()).withStopped(Optional.empty()));
  }

  /**
   * Notes that trust was written alone. If the same was written before and removed since, it is a
   * repair.
   */
  public void retrusted(LeafCert<?> leaf, Collection<X509Certificate> trust, Instant now) {
    String all = digest(trust);
    Attempts before = attempts(leaf);
    put(leaf, before.retrusted().equals(all) ? before.withRepair(now) : before.withRetrusted(all));
  }

  /** Notes that a foreign change of the Secret was repaired. */
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

  /** Whether others change the Secret again each time that it is repaired. */
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

  // a leaf without a note has no entry
  private void change(LeafCert<?> leaf, Attempts now) {
    if (now.equals(Attempts.NONE)) {
      synchronized (byLeafUid) {
        byLeafUid.remove(leaf.getMetadata().getUid());
      }
    } else {
      put(leaf, now);
    }
  }

  // each leaf is reconciled by one thread at a time
  private void put(LeafCert<?> leaf, Attempts now) {
    String uid = leaf.getMetadata().getUid();
    synchronized (byLeafUid) {
      byLeafUid.remove(uid);
      byLeafUid.put(uid, now);
    }
  }
}
