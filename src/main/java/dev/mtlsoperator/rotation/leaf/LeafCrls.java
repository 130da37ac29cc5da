package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.pki.encoding.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The CRLs that a leaf's Secret should hold next to its trust bundle.
 *
 * @param pem of all RootCAs that the leaf trusts and that have some; empty: there are none
 * @param lacking which of these RootCAs have none, and why, in words
 */
public record LeafCrls(Knowledge knowledge, String pem, List<String> lacking) {
  /** What is known of them. */
  public enum Knowledge {
    /** The spec does not ask for any. */
    NOT_ASKED,
    /** Some RootCA was not reconciled since the operator started: nothing changes. */
    UNKNOWN,
    /** Some RootCA has none: a Secret without CRLs gets none, one with CRLs keeps what it has. */
    INCOMPLETE,
    COMPLETE
  }

  public LeafCrls {
    lacking = List.copyOf(lacking);
  }

  public static LeafCrls notAsked() {
    return new LeafCrls(Knowledge.NOT_ASKED, "", List.of());
  }

  public static LeafCrls unknown() {
    return new LeafCrls(Knowledge.UNKNOWN, "", List.of());
  }

  /** Those of all trusted RootCAs; some may have none. */
  public static LeafCrls of(String pem, List<String> lacking) {
    return new LeafCrls(
        lacking.isEmpty() ? Knowledge.COMPLETE : Knowledge.INCOMPLETE, pem, lacking);
  }

  /** Whether a Secret with these CRLs (empty: none) is to be written for them. */
  boolean differFrom(String held) {
    return switch (knowledge) {
      case NOT_ASKED, UNKNOWN -> false;
      case INCOMPLETE -> !held.isEmpty() && !pem.isEmpty() && !held.equals(note());
      case COMPLETE -> !held.equals(note());
    };
  }

  /** What is noted on a Secret that holds them; empty: nothing. */
  public String note() {
    return pem.isEmpty() ? "" : Sha256.text(pem.getBytes(StandardCharsets.UTF_8));
  }
}
