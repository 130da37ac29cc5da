package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.SafetyChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the generations that a wrong clock created. */
final class WrongClocks {
  /** Certificates are back-dated, and clocks may differ. */
  private static final Duration LATEST_START = Validity.BACKDATED.plus(SafetyChecks.MOST_SKEW);

  private WrongClocks() {}

  /** The numbers of those generations. */
  static Set<Integer> astray(
      List<CaGeneration> generations, History history, Set<Fingerprint> distrusted, Instant now) {
    int left =
        Math.max(
            history.retires(),
            generations.stream().mapToInt(g -> g.milestones().retires()).max().orElse(0));
    List<CaGeneration> standing =
        generations.stream()
            .filter(g -> g.number() > left && !g.contains(distrusted))
            .filter(g -> g.importedFrom().isEmpty())
            .filter(g -> g.isSigning() && g.isBegun(now) && !g.isExpired(now))
            .toList();
    return generations.stream()
        .filter(g -> !g.isBegun(now) || wasMadeByAClockBehind(g, standing))
        .map(CaGeneration::number)
        .collect(Collectors.toSet());
  }

  // an older generation that is valid and still trusted starts later than this one. The numbers
  // say that this one was created after it, the dates say before, so the clock was behind. An
  // imported CA may have any age
  private static boolean wasMadeByAClockBehind(CaGeneration late, List<CaGeneration> standing) {
    return late.importedFrom().isEmpty()
        && standing.stream()
            .filter(g -> g.number() < late.number())
            .anyMatch(g -> g.start().isAfter(late.start().plus(LATEST_START)));
  }
}
