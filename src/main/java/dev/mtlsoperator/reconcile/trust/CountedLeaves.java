package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The leaves of a CA as they were last counted in a run. A run looks several times within seconds,
 * and writes no leaf: while the CA stays the same, they need not be counted from the caches each
 * time.
 */
public final class CountedLeaves {
  /** Others write leaves meanwhile, and what is told of them must not be older than a look was. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private Optional<Last> last = Optional.empty();

  /**
   * The CA whose leaves are counted.
   *
   * @param resourceVersion of the RootCA
   * @param additional what every copy holds in addition to the CA's own
   */
  public record Of(
      String resourceVersion, CaGenerations generations, List<X509Certificate> additional) {
    public Of {
      additional = List.copyOf(additional);
    }

    public Of(RootCA ca, CaGenerations generations, List<X509Certificate> additional) {
      this(ca.getMetadata().getResourceVersion(), generations, additional);
    }
  }

  private record Last(Of of, Instant at, DistributionTracker count) {}

  /**
   * The last count, or another one if that was of another CA, is too old, or is not fresh enough.
   */
  public DistributionTracker orElse(
      Evidence evidence, Of of, Instant now, Supplier<DistributionTracker> count) {
    Optional<Last> usable =
        last.filter(l -> evidence != Evidence.FRESH)
            .filter(l -> l.of().equals(of))
            .filter(l -> !now.isAfter(l.at().plus(LONGEST)));
    last = usable.or(() -> Optional.of(new Last(of, now, count.get())));
    return last.orElseThrow().count();
  }
}
