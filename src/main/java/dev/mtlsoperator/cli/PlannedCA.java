package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.cli.revocation.PlannedCrl;
import dev.mtlsoperator.cli.revocation.StoredCrl;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.pki.advice.CaAdvice;
import dev.mtlsoperator.pki.advice.CaSubject;
import dev.mtlsoperator.secret.AcceptedAdvice;
import dev.mtlsoperator.secret.trust.TrustNamesakes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A CA of the manifests, and what a run does with its folder.
 *
 * @param ca signs the leaves of this run
 * @param additional the certificates of its {@code additionalTrust}
 */
record PlannedCA(RootCA resource, SigningCA ca, Origin origin, TrustNamesakes additional) {

  /** Where the certificate and key come from. */
  enum Origin {
    /** An earlier run created them. */
    EXISTING,
    /** This run creates them. */
    NEW,
    /** The user brings them. */
    IMPORTED
  }

  /**
   * Brings its folder up to date.
   *
   * @param crl empty: it publishes none
   */
  IssuedLine write(Path output, Optional<PlannedCrl> crl) throws IOException {
    AtomicDirectory folder = OfflineCA.folder(output, resource);
    return new IssuedLine(
        OfflineIssuer.describe(resource),
        done(folder, crl.map(PlannedCrl::files).orElse(Map.of())) + told(folder, crl),
        folder.path(),
        Optional.of(ca.path().certificate()),
        advisory());
  }

  private static String told(AtomicDirectory folder, Optional<PlannedCrl> crl) throws IOException {
    return crl.isEmpty() && OfflineCA.hasCrl(folder)
        ? ", " + StoredCrl.FILE + " is not renewed any more without spec.revocation"
        : crl.map(planned -> ", " + planned.inWords()).orElse("");
  }

  private Advisory advisory() {
    return Advisory.of(
        CaAdvice.on(
            new CaSubject(
                List.of(ca.path()),
                additional.entries().certificates(),
                additional.stayed(),
                additional.leftOut())),
        AcceptedAdvice.of(resource));
  }

  private String done(AtomicDirectory folder, Map<String, byte[]> crl) throws IOException {
    return switch (origin) {
      case EXISTING -> {
        OfflineCA.add(folder, crl);
        yield "kept";
      }
      case NEW -> {
        OfflineCA.write(folder, ca, crl);
        yield "created";
      }
      case IMPORTED ->
          OfflineCA.publish(folder, ca.path(), OfflineInputs.importSecret(resource), crl)
              ? "imported"
              : "kept";
    };
  }
}
