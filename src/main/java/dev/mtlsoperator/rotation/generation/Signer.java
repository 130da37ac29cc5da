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
   * @param signing the generation that signs
   * @param trusted all trusted generations, including the signer, oldest first
   * @param bundle the certificates of the trust bundle
   * @param cross its certificate as signed by the previous generation, while that is useful
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

    /** A CA with a single generation. */
    public static Available alone(CaPath path) {
      CaGeneration only = CaGeneration.alone(path);
      return new Available(only, List.of(only), List.of(path.anchor()), Optional.empty());
    }

    /** The number of the signing generation. */
    public int generation() {
      return signing.number();
    }

    public X509Certificate certificate() {
      return signing.certificate();
    }

    /** How leaves of other generations move to the signer. */
    public Reissue reissue() {
      return signing.milestones().reissue();
    }

    /**
     * Which of the trusted generations signed a leaf.
     *
     * @param noted the generation number noted next to the leaf
     */
    public Optional<CaGeneration> issuer(X509Certificate leaf, int noted) {
      return CaGeneration.issuer(trusted, leaf, noted);
    }
  }

  /** No generation can sign. */
  record Missing(Finding finding) implements Signer {}

  /**
   * The RootCA exists but its own reconciliation has not finished, which an event will announce; or
   * it does not exist, but the leaf is so new that one apply may be creating both.
   */
  record Pending() implements Signer {}
}
