package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.ca.GenerationHistory;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.revocation.RevocationRequests;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A RootCA that a leaf refers to, as the caches know it at the start of the leaf's run.
 *
 * @param resource empty: there is no such RootCA
 * @param admitting the RootCA, if it admits the leaf's namespace
 * @param sealed its generations with a valid seal, as they were read from their Secrets
 * @param generations its generations at the time of the run
 * @param reported what its status reports about its generations
 * @param additional certificates that its {@code additionalTrust} adds; empty: not known
 */
record ReferredCA(
    CAName name,
    Optional<RootCA> resource,
    Optional<RootCA> admitting,
    List<Sealed> sealed,
    CaGenerations generations,
    ReportedStatus reported,
    Optional<List<X509Certificate>> additional) {

  ReferredCA {
    sealed = List.copyOf(sealed);
    additional = additional.map(List::copyOf);
  }

  /** A generation, if everything noted on its Secret is proven. */
  Optional<Sealed> generation(int number) {
    return sealed.stream()
        .filter(found -> found.number() == number && found.proof() instanceof Proof.Holds)
        .findFirst();
  }

  /** Whether it is known what its {@code additionalTrust} adds; nothing if there is no RootCA. */
  boolean knowsAdditional() {
    return additional.isPresent() || resource.isEmpty();
  }

  /** For how long two of its generations are trusted at least; zero: not known. */
  Duration overlap() {
    return resource
        .map(ca -> ca.getSpec().rotation().overlap())
        .flatMap(ReferredCA::duration)
        .orElse(Duration.ZERO);
  }

  private static Optional<Duration> duration(String text) {
    try {
      return Optional.of(Durations.parse(text));
    } catch (IllegalArgumentException e) {
      // the RootCA's own status reports it
      return Optional.empty();
    }
  }

  /**
   * Whether a RootCA cannot serve: not one whose status is not written yet, or that is ready while
   * a cache of this operator does not know the generation yet.
   */
  static boolean isStopped(RootCA ca) {
    return ca.getStatus() != null
        && Conditions.find(ca.getStatus().conditions(), Conditions.READY)
            .filter(ready -> ready.status() == ConditionStatus.TRUE)
            .isEmpty();
  }

  /** Digest of the additional certificates that its status reports; empty: there are none. */
  static String additionalTrust(RootCA ca) {
    return Optional.ofNullable(ca.getStatus()).map(RootCAStatus::additionalTrustDigest).orElse("");
  }

  /** What its status reports of its CRLs; empty: it has none. */
  static String crl(RootCA ca) {
    return Optional.ofNullable(ca.getStatus())
        .map(RootCAStatus::crl)
        .map(crl -> crl.number() + crl.published())
        .orElse("");
  }

  /** Whether its spec names a certificate that is to be revoked. */
  static boolean revokes(RootCA ca, BigInteger serialNumber) {
    return RevocationRequests.named(ca.getSpec().revocation()).containsKey(serialNumber);
  }

  /** What its status alone remembers as distrusted, because no Secret tells of it any more. */
  static List<String> distrusts(RootCA ca) {
    return Optional.ofNullable(ca.getStatus())
        .map(RootCAStatus::history)
        .map(GenerationHistory::distrusts)
        .orElse(List.of());
  }
}
