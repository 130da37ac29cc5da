package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Reissue;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** Who signs a leaf at present, and whom its verifiers and itself trust; or why nobody does. */
public sealed interface Signer {

  /**
   * A CA generation can sign.
   *
   * @param generation its number
   * @param certificate its certificate
   * @param bundle all generations that are trusted, itself among them, oldest first
   * @param cross its certificate as signed by the generation before, while that is of use
   * @param reissue how leaves of other generations move to it
   */
  record Available(
      int generation,
      X509Certificate certificate,
      List<X509Certificate> bundle,
      Optional<X509Certificate> cross,
      Reissue reissue)
      implements Signer {
    public Available {
      bundle = List.copyOf(bundle);
    }

    /** One without a past. */
    public static Available alone(X509Certificate certificate) {
      return new Available(
          1, certificate, List.of(certificate), Optional.empty(), Reissue.OnRenewal);
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
