package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationHistory;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a RootCA's status says about its generations. Only the operator writes it, while any client
 * that may write Secrets can put back an older Secret with a valid seal: comparing it with status
 * reveals that. A status that was lost says nothing and objects to nothing.
 *
 * @param vouched the fingerprint that a person vouches for, if that is new
 * @param history the history of generations that no longer exist
 */
public record ReportedStatus(
    List<Generation> generations, Optional<Fingerprint> vouched, History history) {

  public static ReportedStatus nothing() {
    return new ReportedStatus(List.of(), Optional.empty(), History.none());
  }

  public static ReportedStatus of(RootCA ca) {
    return new ReportedStatus(
        ca.getStatus() == null
            ? List.of()
            : ca.getStatus().generations().stream()
                .filter(g -> GenerationNumbers.isCredible(g.generation()))
                .toList(),
        CaAnnotations.adoption(ca).filter(f -> CaAnnotations.isAdoptionNews(ca)),
        Optional.ofNullable(ca.getStatus())
            .map(RootCAStatus::history)
            .map(ReportedStatus::history)
            .orElseGet(History::none));
  }

  private static History history(GenerationHistory noted) {
    return new History(
        noted.distrusts().stream()
            .flatMap(text -> Fingerprint.parse(text).stream())
            .collect(Collectors.toUnmodifiableSet()),
        credible(noted.retires()),
        credible(noted.highest()),
        Optional.of(credible(noted.created()))
            .filter(number -> number > 0)
            .flatMap(
                number ->
                    Timestamps.parse(noted.createdAt())
                        .map(at -> new History.Created(number, at))));
  }

  private static int credible(@Nullable Integer number) {
    return number != null && GenerationNumbers.isCredible(number) ? number : 0;
  }

  /** The history as it is written into a status; new entries never displace former ones. */
  public static GenerationHistory inWords(History history, History before) {
    return new GenerationHistory(
        Stream.concat(sorted(before.distrusts()), sorted(history.distrusts()))
            .distinct()
            .limit(GenerationHistory.MOST_DISTRUSTED)
            .sorted()
            .toList(),
        history.retires() == 0 ? null : history.retires(),
        history.highest() == 0 ? null : history.highest(),
        history.created().map(History.Created::number).orElse(null),
        history.created().map(last -> last.at().toString()).orElse(null));
  }

  private static Stream<String> sorted(Set<Fingerprint> fingerprints) {
    return fingerprints.stream().map(Fingerprint::text).sorted();
  }

  /** Whether status lists this generation; an empty status may have known it. */
  boolean knows(Fingerprint fingerprint) {
    return generations.isEmpty()
        || generations.stream().anyMatch(g -> g.fingerprint().equals(fingerprint.text()));
  }

  /** The status of one generation. */
  public Optional<Generation> generation(int number) {
    return generations.stream().filter(g -> g.generation() == number).findFirst();
  }

  /** The generation that signs. */
  Optional<Generation> signer() {
    return generations.stream()
        .filter(g -> g.state() == GenerationState.Signing)
        .max(Comparator.comparingInt(Generation::generation));
  }

  /** The known number of changes noted on a generation; 0: unknown. */
  public long revision(int number) {
    return generation(number).map(Generation::revision).map(Long::longValue).orElse(0L);
  }

  /**
   * Why what is noted on a generation does not count, in words; empty: it counts.
   *
   * @param deleted the highest number that other Secrets note as deleted; 0: none
   */
  Optional<String> objection(Sealed found, int deleted) {
    if (found.proof() instanceof Proof.Broken broken) {
      return Optional.of(broken.what());
    }
    Fingerprint fingerprint = found.generation().fingerprint();
    // it was just adopted: status does not contain it yet
    boolean adopted =
        vouched.filter(fingerprint::equals).isPresent() && GenerationSecret.isAdopted(found);
    Optional<Generation> known = generation(found.number());
    if (known.isEmpty()) {
      return hadLeft(found.number(), deleted) && !adopted
          ? Optional.of(
              "it was not there any more, and somebody put an older copy of it back; if nobody needs it, delete it")
          : Optional.empty();
    }
    if (!known.get().fingerprint().equals(fingerprint.text())) {
      return adopted
          ? Optional.empty()
          : Optional.of(
              "it holds another certificate than the one in status.generations, "
                  + known.get().fingerprint());
    }
    return found.revision() < revision(found.number())
        ? Optional.of(
            "somebody put an older copy of it, or of its annotations, back: "
                + Keys.MILESTONES_REVISION
                + " is "
                + found.revision()
                + ", and was "
                + revision(found.number()))
        : Optional.empty();
  }

  // if status is lost, it is unknown which generations below the deleted one had left
  private boolean hadLeft(int number, int deleted) {
    if (generations.isEmpty()) {
      return number == deleted;
    }
    int highest = generations.stream().mapToInt(Generation::generation).max().orElse(0);
    return number <= Math.max(highest, Math.max(history.highest(), deleted));
  }

  /** A short text that differs whenever the content does. */
  public String inShort() {
    StringBuilder all = new StringBuilder(vouched.map(Fingerprint::text).orElse(""));
    generations.forEach(
        g ->
            all.append(' ')
                .append(g.generation())
                .append(g.fingerprint())
                .append(g.state())
                .append(g.revision()));
    all.append(' ').append(history.retires()).append(' ').append(history.highest());
    sorted(history.distrusts()).forEach(f -> all.append(' ').append(f));
    return all.toString();
  }
}
