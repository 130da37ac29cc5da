package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.LastLeafExpiry;
import java.time.Instant;

/** The milestones that a new generation starts with. */
public final class FirstMilestones {
  private FirstMilestones() {}

  /** Those of a generation that is created as decided. */
  public static GenerationMilestones of(
      CaDecision.Create create, CaFacts facts, CaPath path, Instant now) {
    CaGenerations generations = facts.generations();
    GenerationMilestones milestones =
        GenerationMilestones.none()
            .with(
                it ->
                    it.lastLeafNotAfter(LastLeafExpiry.first(now, path))
                        .reissue(create.reissue())
                        .rotate(facts.requests().rotate())
                        .distrusts(
                            create
                                .distrusts()
                                .map(generations::distrusting)
                                .orElseGet(generations::distrusted))
                        .retires(generations.retired()));
    return switch (create.begins()) {
      case WHEN_DISTRIBUTED -> milestones;
      case AT_ONCE -> milestones.with(it -> it.signingSince(now));
    };
  }
}
