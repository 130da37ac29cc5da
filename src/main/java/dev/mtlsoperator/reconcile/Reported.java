package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Generation;
import dev.mtlsoperator.api.GenerationState;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.secret.GenerationSecret;
import dev.mtlsoperator.secret.GenerationSecret.Proof;
import dev.mtlsoperator.secret.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.Keys;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a RootCA's status tells of its generations. Only the operator writes it, while whoever may
 * write Secrets can put back an older one with a seal that is valid: that shows here. A status that
 * was lost tells nothing, and keeps nobody from anything.
 *
 * @param vouched the fingerprint that a person vouches for, while that is news
 */
record Reported(List<Generation> generations, Optional<Fingerprint> vouched) {

  static Reported nothing() {
    return new Reported(List.of(), Optional.empty());
  }

  static Reported of(RootCA ca) {
    return new Reported(
        ca.getStatus() == null
            ? List.of()
            : ca.getStatus().generations().stream()
                .filter(g -> Generations.isCredible(g.generation()))
                .toList(),
        CaAnnotations.adoption(ca).filter(f -> CaAnnotations.isAdoptionNews(ca)));
  }

  /** What it tells of one. */
  Optional<Generation> generation(int number) {
    return generations.stream().filter(g -> g.generation() == number).findFirst();
  }

  /** The one that signs. */
  Optional<Generation> signer() {
    return generations.stream()
        .filter(g -> g.state() == GenerationState.Signing)
        .max(Comparator.comparingInt(Generation::generation));
  }

  /** How often something was noted on a generation, as far as is known; 0: nothing is known. */
  long revision(int number) {
    return generation(number).map(Generation::revision).map(Long::longValue).orElse(0L);
  }

  /** Why what is noted on a generation does not count, in words; empty: it does. */
  Optional<String> objection(Sealed found) {
    if (found.proof() instanceof Proof.Broken broken) {
      return Optional.of(broken.what());
    }
    Fingerprint fingerprint = found.generation().fingerprint();
    // adopted a moment ago: status has not heard of it yet
    boolean adopted =
        vouched.filter(fingerprint::equals).isPresent() && GenerationSecret.isAdopted(found);
    Optional<Generation> known = generation(found.number());
    if (known.isEmpty()) {
      int highest = generations.stream().mapToInt(Generation::generation).max().orElse(0);
      return found.number() < highest && !adopted
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
                + Keys.LATCHES_REVISION
                + " is "
                + found.revision()
                + ", and was "
                + revision(found.number()))
        : Optional.empty();
  }

  /** The same in few words, for those who only ask whether it has changed. */
  String inShort() {
    StringBuilder all = new StringBuilder(vouched.map(Fingerprint::text).orElse(""));
    generations.forEach(
        g ->
            all.append(' ')
                .append(g.generation())
                .append(g.fingerprint())
                .append(g.state())
                .append(g.revision()));
    return all.toString();
  }
}
