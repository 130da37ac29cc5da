package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.Timestamps;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a leaf's references to RootCAs lead to, as the caches know it. A RootCA that does not let
 * the leaf's namespace in is one that is not there: in words, in time and in all that follows.
 */
final class LeafReferences<L extends LeafCert<?>> {
  private static final Duration SAME_APPLY = Duration.ofSeconds(10);

  private final LeafWatches<L> watches;
  private final AdditionalTrusts additionalTrusts;

  LeafReferences(LeafWatches<L> watches, AdditionalTrusts additionalTrusts) {
    this.watches = watches;
    this.additionalTrusts = additionalTrusts;
  }

  /** Who signs, once all that the leaf refers to is there. */
  Signer signer(L leaf, Instant now) {
    String namespace = leaf.getMetadata().getNamespace();
    Optional<CAName> outside =
        leaf.referredCAs().stream()
            .filter(ca -> !watches.admission().reaches(namespace, ca.namespace()))
            .findFirst();
    if (outside.isPresent()) {
      return new Signer.Missing(
          new Finding(
              Reason.OutOfWatchScope,
              "RootCA '"
                  + outside.get()
                  + "' cannot be referred to: "
                  + watches.admission().scope().inWords()
                  + ", and then only RootCAs of the own namespace can be referred to"));
    }
    CAName name = leaf.signingCA();
    Optional<RootCA> ca = watches.admitted(leaf, name);
    if (ca.isEmpty()) {
      return absent(leaf, name, "spec.rootCARef", now);
    }
    Signer signer =
        GenerationSecrets.signer(
            watches.generations(name.namespace(), name.name()), name.name(), now);
    if (!(signer instanceof Signer.Available)) {
      return isStopped(ca.get()) ? signer : new Signer.Pending();
    }
    for (CAName trusted : leaf.trustedCAs()) {
      Optional<Signer> lacking =
          trusted.equals(name) ? Optional.empty() : lacking(leaf, trusted, now);
      if (lacking.isPresent()) {
        return lacking.get();
      }
    }
    return leaf.trustedCAs().stream().allMatch(this::knowsAdditional)
        ? signer
        : new Signer.Pending();
  }

  private Optional<Signer> lacking(L leaf, CAName trusted, Instant now) {
    Optional<RootCA> ca = watches.admitted(leaf, trusted);
    if (ca.isEmpty()) {
      return Optional.of(absent(leaf, trusted, "spec.trustedCARefs", now));
    }
    if (!generations(trusted).bundle().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        isStopped(ca.get())
            ? GenerationSecrets.missing(
                "RootCA '"
                    + trusted
                    + "' of spec.trustedCARefs has no certificate to trust; `kubectl describe rootca -n "
                    + trusted.namespace()
                    + " "
                    + trusted.name()
                    + "` tells why")
            : new Signer.Pending());
  }

  private static Signer absent(LeafCert<?> leaf, CAName ca, String field, Instant now) {
    String own = leaf.getMetadata().getNamespace();
    if (isNew(leaf, now)) {
      return new Signer.Pending();
    }
    return GenerationSecrets.missing(
        ca.namespace().equals(own)
            ? "there is no RootCA '"
                + ca.name()
                + "' in this namespace: create it, or correct "
                + (field.endsWith("rootCARef") ? field + ".name" : field)
            : "there is no RootCA '"
                + ca
                + "' that resources of namespace '"
                + own
                + "' may refer to: have it created there, and have its spec.allowedNamespaces let this namespace in, or correct "
                + field);
  }

  /**
   * Whom the holder shall trust. Where a CA is not to be had, what the Secret holds of it is kept:
   * see {@link TrustAssembly}.
   */
  Trust trust(L leaf, SecretState state, Instant now) {
    SortedSet<CAName> letIn = letIn(state);
    letIn.retainAll(leaf.trustedCAs());
    List<TrustAssembly.Named> named = new ArrayList<>();
    for (CAName ca : leaf.trustedCAs()) {
      CaGenerations generations = generations(ca);
      boolean granted =
          watches.admitted(leaf, ca).isPresent() || wasLetIn(leaf, ca, generations, state);
      if (granted && !generations.bundle().isEmpty() && !isOf(leaf, ca)) {
        letIn.add(ca);
      }
      named.add(
          new TrustAssembly.Named(
              ca,
              generations,
              granted ? TrustAssembly.Access.GRANTED : TrustAssembly.Access.DENIED,
              additional(ca)));
    }
    return TrustAssembly.of(
            named,
            watches.admitted(leaf, leaf.signingCA()).map(signer -> generations(leaf.signingCA())),
            state,
            spec(leaf),
            this::generations,
            AdditionalTrusts.Known::digest,
            now)
        .admittedBy(letIn);
  }

  // one without a status was restored rather than edited
  private static TrustAssembly.Spec spec(LeafCert<?> leaf) {
    Long observed = leaf.getStatus() == null ? null : leaf.getStatus().observedGeneration();
    return observed == null || observed.equals(leaf.getMetadata().getGeneration())
        ? TrustAssembly.Spec.OBSERVED
        : TrustAssembly.Spec.EDITED;
  }

  // after a start it is known once the CA was reconciled; of one that is not there it never is
  private Optional<List<X509Certificate>> additional(CAName ca) {
    return watches
        .rootCA(ca.namespace(), ca.name())
        .flatMap(
            found ->
                additionalTrusts
                    .of(found)
                    .map(AdditionalTrusts.Known::certificates)
                    .or(
                        () ->
                            found.getSpec().additionalTrust().isEmpty()
                                ? Optional.of(List.of())
                                : Optional.empty()));
  }

  private boolean knowsAdditional(CAName ca) {
    return additional(ca).isPresent() || watches.rootCA(ca.namespace(), ca.name()).isEmpty();
  }

  /**
   * On which terms the CA signs. Caches move while they are asked: one that does not let the leaf
   * in, or is not there, signs nothing, whatever was found a moment before.
   */
  IssuancePolicy issuancePolicy(L leaf) {
    return watches
        .admitted(leaf, leaf.signingCA())
        .map(ca -> IssuancePolicy.of(ca, leaf.getMetadata().getNamespace()))
        .orElseGet(() -> IssuancePolicy.nothing(leaf.getMetadata().getNamespace()));
  }

  /** Those of which a generation is known. */
  List<CAName> known(L leaf) {
    SortedSet<CAName> all = leaf.referredCAs();
    return all.stream().filter(ca -> !generations(ca).generations().isEmpty()).toList();
  }

  private CaGenerations generations(CAName ca) {
    return watches.generations(ca.namespace(), ca.name());
  }

  private static boolean isOf(LeafCert<?> leaf, CAName ca) {
    return ca.namespace().equals(leaf.getMetadata().getNamespace());
  }

  private static SortedSet<CAName> letIn(SecretState state) {
    return untampered(state).map(ours -> new TreeSet<>(ours.admittedBy())).orElseGet(TreeSet::new);
  }

  private static boolean wasLetIn(
      LeafCert<?> leaf, CAName ca, CaGenerations generations, SecretState state) {
    return untampered(state)
        .filter(
            ours -> isOf(leaf, ca) ? ours.holdsSomeOf(generations) : ours.wasGiven(ca, generations))
        .isPresent();
  }

  private static Optional<SecretState.Managed> untampered(SecretState state) {
    return state instanceof SecretState.Managed ours
            && ours.integrity() != SecretState.Integrity.TAMPERED
        ? Optional.of(ours)
        : Optional.empty();
  }

  // of one apply the leaf may come before its RootCA: that is no error yet
  private static boolean isNew(LeafCert<?> leaf, Instant now) {
    return leaf.getStatus() == null
        && Timestamps.parse(leaf.getMetadata().getCreationTimestamp())
            .filter(created -> Duration.between(created, now).abs().compareTo(SAME_APPLY) < 0)
            .isPresent();
  }

  /**
   * Whether a RootCA has come to nothing: not one that was not reported on yet, or that is ready
   * while a cache of ours does not know the generation yet.
   */
  static boolean isStopped(RootCA ca) {
    return ca.getStatus() != null
        && Conditions.find(ca.getStatus().conditions(), Conditions.READY)
            .filter(ready -> ready.status() == ConditionStatus.TRUE)
            .isEmpty();
  }
}
