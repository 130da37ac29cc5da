package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.rotation.Finding;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The CA that signs a leaf at present, and the roots that the leaf and its verifiers trust; or why
 * there is none.
 */
public sealed interface Signer {

  /**
   * A CA generation can sign.
   *
   * @param signing which
   * @param trusted all that are trusted, itself among them, oldest first
   * @param bundle what is trusted for their sake
   * @param cross its certificate as signed by the generation before, while that is of use
   */
  record Available(
      CaGeneration signing,
      List<CaGeneration> trusted,
      List<X509Certificate> bundle,
      Optional<X509Certificate> cross)
      implements Signer {
    public Available {
      trusted = List.copyOf(trusted);
      bundle = List.copyOf(bundle);
    }

    /** A CA without a past. */
    public static Available alone(CaPath path) {
      CaGeneration only = CaGeneration.alone(path);
      return new Available(only, List.of(only), List.of(path.anchor()), Optional.empty());
    }

    /** Its number. */
    public int generation() {
      return signing.number();
    }

    public X509Certificate certificate() {
      return signing.certificate();
    }

    /** How leaves of other generations move to it. */
    public Reissue reissue() {
      return signing.milestones().reissue();
    }

    /**
     * Which of the trusted generations signed a leaf.
     *
     * @param noted the number noted next to it
     */
    public Optional<CaGeneration> issuer(X509Certificate leaf, int noted) {
      return CaGeneration.issuer(trusted, leaf, noted);
    }
  }

  /** None can. */
  record Missing(Finding finding) implements Signer {}

  /**
   * The RootCA is there, and its own reconciliation has not come to an end yet: an event will tell.
   * Or it is not there, and the leaf so young that both may come from one apply.
   */
  record Pending() implements Signer {}
}
