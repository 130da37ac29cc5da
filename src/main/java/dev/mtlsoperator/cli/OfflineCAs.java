package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cli.PlannedCA.Origin;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.trust.TrustNamesakes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The CAs of one run: those of the manifests, and those that earlier runs wrote. */
final class OfflineCAs {
  private final OfflineInputs inputs;
  private final Path output;
  private final Instant now;
  private final Mistakes mistakes;
  private final Map<CAName, RootCA> resources = new HashMap<>();
  private final Map<CAName, SigningCA> usable = new HashMap<>();
  private final Set<CAName> unusable = new HashSet<>();

  OfflineCAs(OfflineInputs inputs, Path output, Instant now, Mistakes mistakes) {
    this.inputs = inputs;
    this.output = output;
    this.now = now;
    this.mistakes = mistakes;
  }

  /** Finds or makes the CAs of RootCAs that are valid; nothing is written. */
  List<PlannedCA> plan(List<RootCA> rootCAs) throws IOException {
    List<PlannedCA> planned = new ArrayList<>();
    for (RootCA resource : rootCAs) {
      CAName name = CAName.of(resource);
      resources.put(name, resource);
      // until it is known to be usable
      unusable.add(name);
      mistakes.collect(
          () -> {
            int before = mistakes.count();
            PlannedCA found = plan(resource);
            if (mistakes.count() == before) {
              unusable.remove(name);
              usable.put(name, found.ca());
              planned.add(found);
            }
          });
    }
    return planned;
  }

  private PlannedCA plan(RootCA resource) throws IOException {
    PlannedCA found = found(resource);
    X509Certificate certificate = found.ca().path().certificate();
    if (resource.getSpec().revocation() != null && !Crl.maySign(certificate)) {
      mistakes.add(
          resource,
          "spec.revocation needs a CA that may sign CRLs, and the key usage of "
              + CaPath.named(certificate)
              + " lacks cRLSign: let its issuer make it again with `keyUsage = critical, keyCertSign, cRLSign`, or remove spec.revocation");
    }
    return found;
  }

  private PlannedCA found(RootCA resource) throws IOException {
    AtomicDirectory folder = OfflineCA.folder(output, resource);
    DesiredCertificate desired = inputs.desired(resource, now);
    if (desired instanceof DesiredCertificate.Import wanted) {
      wanted
          .refusal(CaGenerations.none(), now)
          .ifPresent(why -> mistakes.add(resource, why.message()));
      OfflineCA.checkImport(folder, wanted.path());
      return planned(
          resource, SigningCA.of(inputs.imported(resource), wanted.path()), Origin.IMPORTED);
    }
    Optional<SigningCA> existing = OfflineCA.read(folder, now);
    existing.ifPresent(ca -> refuseEdit(resource, ca, (DesiredCertificate.Valid) desired));
    return existing.isPresent()
        ? planned(resource, existing.get(), Origin.EXISTING)
        : planned(resource, OfflineCA.create(resource, now), Origin.NEW);
  }

  private PlannedCA planned(RootCA resource, SigningCA ca, Origin origin) {
    return new PlannedCA(
        resource,
        ca,
        origin,
        additional(resource, new CaGenerations(List.of(CaGeneration.alone(ca.path())))));
  }

  // nothing tells what was trusted before
  private TrustNamesakes additional(RootCA ca, CaGenerations alone) {
    return TrustNamesakes.of(inputs.additional(ca, now).entries().beside(alone), alone, Set.of());
  }

  private void refuseEdit(RootCA resource, SigningCA existing, DesiredCertificate.Valid wanted) {
    wanted
        .template()
        .differenceFrom(existing.path().certificate(), Optional.empty())
        .ifPresent(
            difference ->
                mistakes.add(
                    resource,
                    difference
                        + "; editing a RootCA does not replace a CA in use: undo the edit, or give the RootCA another name"));
  }

  /** The CA that signed a certificate of a leaf: the one that its spec names, if no other did. */
  CAName signer(LeafCert<?> leaf, X509Certificate certificate) {
    CAName named = leaf.signingCA();
    return Stream.concat(Stream.of(named), usable.keySet().stream().sorted())
        .filter(usable::containsKey)
        .filter(ca -> KeyIdentifiers.signed(certificate, get(ca).path().certificate()))
        .findFirst()
        .orElse(named);
  }

  /** Reports the CAs that a leaf refers to and may not use. */
  void refuseAbsent(LeafCert<?> leaf) throws IOException {
    for (CAName ca : leaf.referredCAs()) {
      if (!unusable.contains(ca)) {
        absent(leaf, ca).ifPresent(message -> mistakes.add(leaf, message));
      }
    }
  }

  private Optional<String> absent(LeafCert<?> leaf, CAName ca) throws IOException {
    String namespace = leaf.getMetadata().getNamespace();
    if (ca.namespace().equals(namespace)) {
      return isInSameNamespace(ca)
          ? Optional.empty()
          : Optional.of(
              "there is no RootCA '"
                  + ca.name()
                  + "' in its namespace: add it to the files, or correct "
                  + (ca.equals(leaf.signingCA()) ? "spec.rootCARef.name" : "spec.trustedCARefs"));
    }
    return usable.containsKey(ca) && admits(ca, namespace)
        ? Optional.empty()
        : Optional.of(
            "there is no RootCA '"
                + ca
                + "' that resources of namespace '"
                + namespace
                + "' may refer to: add it to the files, with spec.allowedNamespaces that let this namespace in (of its labels only kubernetes.io/metadata.name is known here), or correct the reference");
  }

  // including a CA that an earlier run wrote
  private boolean isInSameNamespace(CAName ca) throws IOException {
    if (!usable.containsKey(ca)) {
      mistakes.collect(
          () -> {
            // no other leaf reads it again
            unusable.add(ca);
            Optional<SigningCA> earlier = OfflineCA.read(OfflineCA.folder(output, ca), now);
            unusable.remove(ca);
            earlier.ifPresent(found -> usable.put(ca, found));
          });
    }
    return usable.containsKey(ca) || unusable.contains(ca);
  }

  private boolean admits(CAName ca, String namespace) {
    // a namespace without a cluster has no other label
    Map<String, String> labels = Map.of("kubernetes.io/metadata.name", namespace);
    return Optional.ofNullable(resources.get(ca))
        .filter(
            found ->
                found.getSpec().admits(ca.namespace(), namespace, unused -> Optional.of(labels)))
        .isPresent();
  }

  /** Whether all CAs that a leaf refers to can be used. */
  boolean areUsable(LeafCert<?> leaf) {
    return usable.keySet().containsAll(leaf.referredCAs());
  }

  /** The CA that signs a leaf; one of those that were not refused. */
  SigningCA signing(LeafCert<?> leaf) {
    return get(leaf.signingCA());
  }

  /** The requirements that the signing CA has for a leaf. */
  IssuancePolicy policy(LeafCert<?> leaf) {
    return Optional.ofNullable(resources.get(leaf.signingCA()))
        .map(ca -> IssuancePolicy.of(ca, leaf))
        .orElseGet(IssuancePolicy::none);
  }

  /** The CAs whose certificates the holder of a leaf verifies. */
  List<TrustAssembly.Named> trusted(LeafCert<?> leaf) {
    return leaf.trustedCAs().stream().map(this::named).toList();
  }

  private TrustAssembly.Named named(CAName name) {
    CaGenerations alone = new CaGenerations(List.of(CaGeneration.alone(get(name).path())));
    return new TrustAssembly.Named(
        name,
        alone,
        TrustAssembly.Access.GRANTED,
        Optional.ofNullable(resources.get(name))
            .map(ca -> additional(ca, alone).entries().certificates()));
  }

  private SigningCA get(CAName name) {
    return Objects.requireNonNull(usable.get(name), "refused before");
  }
}
