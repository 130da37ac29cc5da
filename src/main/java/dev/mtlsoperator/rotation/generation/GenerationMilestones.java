package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What of a generation's life cannot be derived: noted on its Secret, each once, and never taken
 * back (but see {@link Edit#reinstates}). What is absent has not happened yet.
 *
 * @param distributedAt when every copy of the trust bundle was seen to hold it
 * @param signingSince since when it signs
 * @param unusedSince since when no certificate in service is signed by it
 * @param lastLeafNotAfter no certificate that it signed is valid after that
 * @param reissue how certificates move to it
 * @param rotate value of the {@code rotate} annotation that it honours
 * @param distrusts fingerprints of those that its CA distrusts
 * @param retires the highest number that has left the trust bundles in good order; 0: none
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

  /** Of a generation to which nothing has happened yet. */
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

  /** The same after something happened to the generation. */
  public GenerationMilestones with(UnaryOperator<Edit> what) {
    return what.apply(new Edit(this)).done();
  }

  /** Notes what happens to a generation. What is noted already stays. */
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

    /** What signs is not waited for any more, distributed or not. */
    public Edit signingSince(Instant at) {
      signingSince = signingSince.or(() -> Optional.of(at));
      return distributedAt(at);
    }

    public Edit unusedSince(Instant at) {
      unusedSince = unusedSince.or(() -> Optional.of(at));
      return this;
    }

    /** The later one counts: the mark never goes back. */
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

    /** The highest one counts. */
    public Edit retires(int number) {
      retires = Math.max(retires, number);
      return this;
    }

    /** What a clock that was ahead saw leave is back: of all that is noted, this alone can be. */
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
