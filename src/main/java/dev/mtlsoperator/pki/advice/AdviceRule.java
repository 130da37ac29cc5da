package dev.mtlsoperator.pki.advice;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One rule: what to look for, and which peers refuse it.
 *
 * @param id what users write to accept it; never changes
 * @param title what the rule is about, for the reference
 * @param peers which peers refuse it, and since which version
 * @param remedy what to do instead
 * @param sources where it is documented: RFC clauses, public issues, release notes
 * @param finds what it finds in a subject, as the beginning of a sentence; empty: nothing
 * @param <S> what the rule looks at
 */
public record AdviceRule<S>(
    String id,
    String title,
    String peers,
    String remedy,
    List<String> sources,
    Function<S, Optional<String>> finds) {

  public AdviceRule {
    sources = List.copyOf(sources);
  }

  /** The advice for a subject; empty if the rule finds nothing. */
  Optional<Advice> on(S subject) {
    return finds
        .apply(subject)
        .map(found -> new Advice(id, found + ": refused by " + peers + ". " + remedy));
  }

  /** What some rules find, in their order. */
  static <S> List<Advice> all(List<AdviceRule<S>> rules, S subject) {
    return rules.stream().flatMap(rule -> rule.on(subject).stream()).toList();
  }
}
