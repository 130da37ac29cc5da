package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.api.ca.Policy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.SigningPolicy;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * On which terms a CA signs for a namespace. They are no part of its generations: an edit holds
 * from the next issue on.
 *
 * @param policy empty: it signs everything
 * @param namespace of whoever asks
 */
public record IssuancePolicy(Optional<SigningPolicy> policy, String namespace) {

  /** No terms. */
  public static IssuancePolicy none() {
    return new IssuancePolicy(Optional.empty(), "");
  }

  /** Of a CA that does not let a namespace in: it signs nothing for it. */
  public static IssuancePolicy nothing(String namespace) {
    return new IssuancePolicy(
        Optional.of(
            new SigningPolicy(
                Set.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Optional.empty())),
        namespace);
  }

  /**
   * Those of a RootCA.
   *
   * @throws IllegalArgumentException when its spec breaks a rule
   */
  public static IssuancePolicy of(RootCA ca, String namespace) {
    return new IssuancePolicy(
        Optional.ofNullable(ca.getSpec().policy()).map(IssuancePolicy::policy), namespace);
  }

  /**
   * Why a certificate is not one that the CA signs; empty: it does.
   *
   * @param leaf as encoded
   */
  public Optional<Finding> refusal(X509Certificate leaf, X509Certificate ca) {
    return refusal(found -> found.violation(leaf, ca, namespace));
  }

  /** Why what is asked for would be refused, as far as can be said before there is a key for it. */
  Optional<Finding> refusal(CertificateRequest request, X509Certificate ca) {
    return refusal(found -> found.violation(request, ca, namespace));
  }

  private Optional<Finding> refusal(Function<SigningPolicy, Optional<String>> judgement) {
    try {
      return policy.flatMap(judgement).map(why -> new Finding(Reason.PolicyViolation, why));
    } catch (PkiException | IllegalArgumentException e) {
      return Optional.of(new Finding(Reason.PolicyViolation, String.valueOf(e.getMessage())));
    }
  }

  private static SigningPolicy policy(Policy policy) {
    Set<LeafKind> kinds =
        policy.kinds().isEmpty() ? Set.of(LeafKind.values()) : Set.copyOf(policy.kinds());
    return new SigningPolicy(
        kinds.stream()
            .map(
                kind ->
                    switch (kind) {
                      case ServerCert -> Profile.SERVER;
                      case ClientCert -> Profile.CLIENT;
                    })
            .collect(Collectors.toSet()),
        policy.commonNames(),
        policy.dnsNames(),
        policy.ipRanges(),
        policy.uris(),
        policy.emailAddresses(),
        Optional.ofNullable(policy.maxDuration()).map(Durations::parse));
  }
}
