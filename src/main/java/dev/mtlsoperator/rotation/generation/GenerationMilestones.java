package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The events in a generation's life that cannot be derived. Each is recorded once on its Secret and
 * never reverted, except by {@link Edit#reinstates}. An absent milestone has not happened yet.
 *
 * @param distributedAt when every copy of the trust bundle was found to hold it
 * @param signingSince when it started to sign
 * @param unusedSince since when no certificate in service is signed by it
 * @param lastLeafNotAfter the time after which no certificate that it signed is valid
 * @param reissue how certificates move to it
 * @param rotate the value of the {@code rotate} annotation that it honours
 * @param distrusts fingerprints that its CA distrusts
 * @param retires the highest generation number retired in the usual way; 0 if there is none
 */
public record GenerationMilestones(
    Optional<Instant> distributedAt,
    Optional<Instant> signingSince,
    Optional<Instant> unusedSince,
    Optional<Instant> lastLeafNotAfter,
    Reissue reissue,
    Optional<String> rotate,
    Set<Fingerprint> distrusts,
    int retires) {

  public GenerationMilestones {
    distrusts = Set.copyOf(distrusts);
  }

  /** The milestones of a generation to which nothing has happened yet. */
  public static GenerationMilestones none() {
    return new GenerationMilestones(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Reissue.OnRenewal,
        Optional.empty(),
        Set.of(),
        0);
  }

  /** The same milestones after a change. */
  public GenerationMilestones with(UnaryOperator<Edit> what) {
    return what.apply(new Edit(this)).done();
  }

  /** Records milestones of a generation. Existing ones stay. */
  public static final class Edit {
    private Optional<Instant> distributedAt;
    private Optional<Instant> signingSince;
    private Optional<Instant> unusedSince;
    private Optional<Instant> lastLeafNotAfter;
    private Reissue reissue;
    private Optional<String> rotate;
    private Set<Fingerprint> distrusts;
    private int retires;

    private Edit(GenerationMilestones before) {
      distributedAt = before.distributedAt;
      signingSince = before.signingSince;
      unusedSince = before.unusedSince;
      lastLeafNotAfter = before.lastLeafNotAfter;
      reissue = before.reissue;
      rotate = before.rotate;
      distrusts = before.distrusts;
      retires = before.retires;
    }

    public Edit distributedAt(Instant at) {
      distributedAt = distributedAt.or(() -> Optional.of(at));
      return this;
    }

    /** A signer does not wait for distribution any more, complete or not. */
    public Edit signingSince(Instant at) {
      signingSince = signingSince.or(() -> Optional.of(at));
      return distributedAt(at);
    }

    public Edit unusedSince(Instant at) {
      unusedSince = unusedSince.or(() -> Optional.of(at));
      return this;
    }

    /** The later time counts: the milestone never moves back. */
    public Edit lastLeafNotAfter(Instant at) {
      lastLeafNotAfter =
          lastLeafNotAfter.filter(noted -> noted.isAfter(at)).or(() -> Optional.of(at));
      return this;
    }

    public Edit reissue(Reissue how) {
      reissue = how;
      return this;
    }

    public Edit rotate(Optional<String> honoured) {
      rotate = honoured;
      return this;
    }

    public Edit distrusts(Set<Fingerprint> all) {
      distrusts = all;
      return this;
    }

    /** The highest number counts. */
    public Edit retires(int number) {
      retires = Math.max(retires, number);
      return this;
    }

    /**
     * Reverts a retirement that a clock that was ahead caused; no other milestone can be reverted.
     */
    public Edit reinstates(int number) {
      retires = Math.min(retires, number - 1);
      return this;
    }

    private GenerationMilestones done() {
      return new GenerationMilestones(
          distributedAt,
          signingSince,
          unusedSince,
          lastLeafNotAfter,
          reissue,
          rotate,
          distrusts,
          retires);
    }
  }
}
