package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.LeafCrls;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What a leaf's references to RootCAs amount to. A RootCA that does not admit the leaf's namespace
 * is treated as one that does not exist: in messages, in time and in everything that follows. Pure.
 */
final class LeafReferences {
  /** Resources of one {@code kubectl apply} arrive within this time. */
  private static final Duration SAME_APPLY = Duration.ofSeconds(10);

  private final LeafCert<?> leaf;
  private final SortedMap<CAName, ReferredCA> cas = new TreeMap<>();
  private final Admission admission;
  private final Instant now;

  LeafReferences(LeafCert<?> leaf, List<ReferredCA> cas, Admission admission, Instant now) {
    this.leaf = leaf;
    cas.forEach(ca -> this.cas.put(ca.name(), ca));
    this.admission = admission;
    this.now = now;
  }

  /** The generation that signs, once everything that the leaf refers to is available. */
  Signer signer() {
    Optional<Signer> outside = outOfScope();
    if (outside.isPresent()) {
      return outside.get();
    }
    ReferredCA signing = ca(leaf.signingCA());
    if (signing.admitting().isEmpty()) {
      return absent(signing.name(), "spec.rootCARef");
    }
    Signer signer = GenerationSecrets.signer(signing.generations(), signing.name().name(), now);
    if (!(signer instanceof Signer.Available)) {
      return ReferredCA.isStopped(signing.admitting().get()) ? signer : new Signer.Pending();
    }
    return leaf.trustedCAs().stream()
        .filter(trusted -> !trusted.equals(signing.name()))
        .flatMap(trusted -> lacking(ca(trusted)).stream())
        .findFirst()
        .orElseGet(
            () ->
                leaf.trustedCAs().stream().map(this::ca).allMatch(ReferredCA::knowsAdditional)
                    ? signer
                    : new Signer.Pending());
  }

  private Optional<Signer> outOfScope() {
    return cas.keySet().stream()
        .filter(ca -> !admission.reaches(leaf.getMetadata().getNamespace(), ca.namespace()))
        .findFirst()
        .map(
            outside ->
                new Signer.Missing(
                    new Finding(
                        Reason.OutOfWatchScope,
                        "RootCA '"
                            + outside
                            + "' cannot be referred to: "
                            + admission.scope().inWords()
                            + ", and then only RootCAs of the own namespace can be referred to")));
  }

  private Optional<Signer> lacking(ReferredCA trusted) {
    Optional<RootCA> resource = trusted.admitting();
    if (resource.isEmpty()) {
      return Optional.of(absent(trusted.name(), "spec.trustedCARefs"));
    }
    if (!trusted.generations().bundle().isEmpty()) {
      return Optional.empty();
    }
    CAName name = trusted.name();
    return Optional.of(
        ReferredCA.isStopped(resource.get())
            ? GenerationSecrets.missing(
                "RootCA '"
                    + name
                    + "' of spec.trustedCARefs has no certificate to trust; `kubectl describe rootca -n "
                    + name.namespace()
                    + " "
                    + name.name()
                    + "` tells why")
            : new Signer.Pending());
  }

  private Signer absent(CAName ca, String field) {
    String own = leaf.getMetadata().getNamespace();
    if (isNew()) {
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

  // of one apply the leaf may come before its RootCA: that is no error yet
  private boolean isNew() {
    return leaf.getStatus() == null
        && Timestamps.parse(leaf.getMetadata().getCreationTimestamp())
            .filter(created -> Duration.between(created, now).abs().compareTo(SAME_APPLY) < 0)
            .isPresent();
  }

  /**
   * The trust bundle that the leaf should hold. What it holds of a RootCA that is not available is
   * kept, see {@link TrustAssembly}.
   *
   * @param former the generations of a RootCA that the leaf trusted before
   */
  Trust trust(SecretState state, Function<CAName, CaGenerations> former) {
    SortedSet<CAName> admittedBy =
        new TreeSet<>(
            state.untampered().map(SecretState.Managed::admittedBy).orElseGet(TreeSet::new));
    admittedBy.retainAll(leaf.trustedCAs());
    List<TrustAssembly.Named> named = new ArrayList<>();
    for (CAName name : leaf.trustedCAs()) {
      ReferredCA ca = ca(name);
      boolean granted = ca.admitting().isPresent() || wasAdmitted(ca, state);
      if (granted && !ca.generations().bundle().isEmpty() && !isOwn(name)) {
        admittedBy.add(name);
      }
      named.add(
          new TrustAssembly.Named(
              name,
              ca.generations(),
              granted ? TrustAssembly.Access.GRANTED : TrustAssembly.Access.DENIED,
              ca.additional()));
    }
    ReferredCA signing = ca(leaf.signingCA());
    return TrustAssembly.of(
            named,
            signing.admitting().map(admitting -> signing.generations()),
            state,
            spec(),
            name -> cas.containsKey(name) ? ca(name).generations() : former.apply(name),
            AdditionalTrusts.Known::digest,
            now)
        .admittedBy(admittedBy);
  }

  /** The CRLs next to that trust bundle: those of all RootCAs that it trusts. */
  LeafCrls crls(Revocations revocations) {
    if (!leaf.getSpec().revocations()) {
      return LeafCrls.notAsked();
    }
    Set<Crl> all = new LinkedHashSet<>();
    List<String> lacking = new ArrayList<>();
    for (CAName name : leaf.trustedCAs()) {
      Optional<RootCA> asked =
          ca(name).admitting().filter(found -> found.getSpec().revocation() != null);
      Optional<Revocations.Published> known = asked.flatMap(revocations::of);
      if (asked.isPresent() && known.isEmpty()) {
        return LeafCrls.unknown();
      }
      List<Crl> crls = known.map(Revocations.Published::published).orElse(List.of());
      if (crls.isEmpty()) {
        lacking.add(
            "RootCA '"
                + name
                + (asked.isPresent()
                    ? "' has no CRLs yet, for some CA in its trust bundle lacks a current one"
                    : "' publishes no CRL: give it revocation: {}"));
      }
      all.addAll(crls);
    }
    return LeafCrls.of(Crl.pem(all), lacking);
  }

  private boolean wasAdmitted(ReferredCA ca, SecretState state) {
    return state
        .untampered()
        .filter(
            held ->
                isOwn(ca.name())
                    ? held.holdsSomeOf(ca.generations())
                    : held.wasGiven(ca.name(), ca.generations()))
        .isPresent();
  }

  private boolean isOwn(CAName ca) {
    return ca.namespace().equals(leaf.getMetadata().getNamespace());
  }

  // a leaf without a status was restored rather than edited
  private TrustAssembly.Spec spec() {
    Long observed = leaf.getStatus() == null ? null : leaf.getStatus().observedGeneration();
    return observed == null || observed.equals(leaf.getMetadata().getGeneration())
        ? TrustAssembly.Spec.OBSERVED
        : TrustAssembly.Spec.EDITED;
  }

  /**
   * The policy under which the RootCA signs; one that does not admit the leaf signs nothing.
   *
   * @param responder the URL at which OCSP requests are answered; empty: they are not
   */
  IssuancePolicy issuancePolicy(Optional<String> responder) {
    return ca(leaf.signingCA())
        .admitting()
        .map(ca -> IssuancePolicy.of(ca, leaf, responder))
        .orElseGet(() -> IssuancePolicy.nothing(leaf.getMetadata().getNamespace()));
  }

  private ReferredCA ca(CAName name) {
    ReferredCA found = cas.get(name);
    if (found == null) {
      throw new IllegalStateException("RootCA '" + name + "' was not looked up");
    }
    return found;
  }
}
