package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.RevocationFinalizers;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What is to be done with the finalizer of {@code revokeOnDelete} on a leaf. Pure. */
sealed interface FinalizerStep {
  /** A run that issued may still be about to list its certificate in the status. */
  Duration LAST_RUN = Duration.ofSeconds(2);

  record Nothing() implements FinalizerStep {}

  /**
   * It is added.
   *
   * @param ca the RootCA that asks for it
   */
  record Add(CAName ca) implements FinalizerStep {}

  record Remove() implements FinalizerStep {}

  /**
   * The deleted leaf stays.
   *
   * @param cas the RootCAs that still have to revoke certificates of the deleted leaf
   */
  record Await(SortedSet<CAName> cas) implements FinalizerStep {}

  /**
   * Decides for one leaf.
   *
   * @param rootCAs by name
   */
  static FinalizerStep of(
      LeafCert<?> leaf,
      Function<CAName, Optional<RootCA>> rootCAs,
      Revocations revocations,
      Instant now) {
    String deleted = leaf.getMetadata().getDeletionTimestamp();
    if (deleted == null) {
      Optional<CAName> needed = RevocationFinalizers.neededFor(leaf, rootCAs);
      if (LeafRevocations.isHeld(leaf) == needed.isPresent()) {
        return new FinalizerStep.Nothing();
      }
      return needed.<FinalizerStep>map(FinalizerStep.Add::new).orElseGet(FinalizerStep.Remove::new);
    }
    if (!LeafRevocations.isHeld(leaf)) {
      return new FinalizerStep.Nothing();
    }
    SortedSet<CAName> pending =
        LeafRevocations.withDeletion(leaf).stream()
            .filter(c -> !c.isOver(now) && isAsked(c.ca(), rootCAs))
            .filter(c -> !isDone(c, revocations))
            .map(LeafRevocations.OfLeaf::ca)
            .collect(Collectors.toCollection(TreeSet::new));
    boolean settled =
        Timestamps.parse(deleted).filter(now.minus(LAST_RUN)::isBefore).isEmpty()
            || RevocationFinalizers.neededFor(leaf, rootCAs).isEmpty();
    return pending.isEmpty() && settled
        ? new FinalizerStep.Remove()
        : new FinalizerStep.Await(pending);
  }

  private static boolean isAsked(CAName ca, Function<CAName, Optional<RootCA>> rootCAs) {
    return rootCAs.apply(ca).filter(RevocationFinalizers::isAskedBy).isPresent();
  }

  private static boolean isDone(LeafRevocations.OfLeaf certificate, Revocations revocations) {
    return switch (revocations.progress(certificate)) {
      case UNKNOWN, ASKED, SIGNED -> false;
      // once the leaf is gone nothing else names it
      case HELD_BACK, DELIVERED -> revocations.isKept(certificate);
      case UNABLE, GONE -> true;
    };
  }
}
