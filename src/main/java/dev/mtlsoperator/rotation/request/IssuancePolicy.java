package dev.mtlsoperator.rotation.request;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.LeafKind;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.api.ca.Policy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.SigningPolicy;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The policy of a CA for the leaves of one namespace. It is not part of a generation, so that an
 * edit applies from the next issuance on.
 *
 * @param policy empty if the CA signs everything
 * @param namespace of the leaf
 * @param sources where verifiers ask whether a certificate is revoked
 */
public record IssuancePolicy(
    Optional<SigningPolicy> policy, String namespace, RevocationSources sources) {

  /** The policy that allows everything. */
  public static IssuancePolicy none() {
    return new IssuancePolicy(Optional.empty(), "", RevocationSources.none());
  }

  /** The policy of a CA that does not admit the namespace: it signs nothing. */
  public static IssuancePolicy nothing(String namespace) {
    return new IssuancePolicy(
        Optional.of(
            new SigningPolicy(
                Set.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Optional.empty())),
        namespace,
        RevocationSources.none());
  }

  /**
   * The policy in the spec of a RootCA, for a leaf of its kind and in its namespace, where nobody
   * answers OCSP requests.
   *
   * @throws IllegalArgumentException if the spec breaks a rule
   */
  public static IssuancePolicy of(RootCA ca, LeafCert<?> leaf) {
    return of(ca, leaf, Optional.empty());
  }

  /**
   * The same where OCSP requests are answered.
   *
   * @param responder the URL at which they are; empty: they are not
   * @throws IllegalArgumentException if the spec breaks a rule
   */
  public static IssuancePolicy of(RootCA ca, LeafCert<?> leaf, Optional<String> responder) {
    return new IssuancePolicy(
        Optional.ofNullable(ca.getSpec().policy()).map(policy -> policy(policy, leaf.leafKind())),
        leaf.getMetadata().getNamespace(),
        RevocationSources.of(ca, responder));
  }

  /**
   * Why the CA does not sign a certificate; empty if it does.
   *
   * @param leaf as encoded
   */
  public Optional<Finding> refusal(X509Certificate leaf, X509Certificate ca) {
    return refusal(found -> found.violation(leaf, ca, namespace));
  }

  /** Why a request would be refused, as far as that is known before there is a key. */
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

  private static SigningPolicy policy(Policy policy, LeafKind kind) {
    return new SigningPolicy(
        policy.kinds().isEmpty() || policy.kinds().contains(kind)
            ? profiles(policy, kind.usage())
            : Set.of(),
        policy.commonNames(),
        policy.dnsNames(),
        policy.ipRanges(),
        policy.uris(),
        policy.emailAddresses(),
        Optional.ofNullable(policy.maxDuration()).map(Durations::parse));
  }

  // a second usage is allowed only if it is listed
  private static Set<Profile> profiles(Policy policy, Usage own) {
    Set<Usage> usages = policy.usages().isEmpty() ? Set.of(own) : Set.copyOf(policy.usages());
    Set<Profile> allowed = EnumSet.noneOf(Profile.class);
    if (usages.contains(own)) {
      allowed.add(
          switch (own) {
            case SERVER -> Profile.SERVER;
            case CLIENT -> Profile.CLIENT;
          });
    }
    if (usages.containsAll(Set.of(Usage.values()))) {
      allowed.add(Profile.PEER);
    }
    return allowed;
  }
}
