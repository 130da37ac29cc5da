package dev.mtlsoperator.pki.advice;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All rules: what docs/compatibility.md lists, and what users can accept. */
public final class AdviceCatalog {
  /** The id of the advice about an id that no rule has. */
  static final String UNKNOWN = "unknown-advice";

  /** The rules for RootCAs, worst first. */
  public static final List<AdviceRule<CaSubject>> CAS = CaAdvice.RULES;

  /** The rules for ServerCerts and ClientCerts, worst first. */
  public static final List<AdviceRule<LeafSubject>> LEAVES = LeafAdvice.RULES;

  private static final Set<String> IDS =
      Stream.concat(CAS.stream(), LEAVES.stream())
          .map(AdviceRule::id)
          .collect(Collectors.toUnmodifiableSet());

  private AdviceCatalog() {}

  /** The ids of all rules. */
  public static Set<String> ids() {
    return IDS;
  }
}
