package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.cli.revocation.PlannedCrl;
import dev.mtlsoperator.cli.revocation.RevokingCA;
import dev.mtlsoperator.cli.revocation.StoredCrl;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.revocation.CrlBundle;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The CRLs of one run: those of its RootCAs, and those that their inputs bring. */
final class OfflineCrls {
  private final OfflineInputs inputs;
  private final Path output;
  private final Instant now;
  private final Mistakes mistakes;
  private final Map<CAName, RootCA> resources = new HashMap<>();
  private final Map<CAName, PlannedCrl> planned = new HashMap<>();
  private final Set<CAName> unusable = new HashSet<>();
  private final List<LeafRevocations.OfLeaf> revoked = new ArrayList<>();

  OfflineCrls(
      OfflineInputs inputs, List<RootCA> rootCAs, Path output, Instant now, Mistakes mistakes) {
    this.inputs = inputs;
    this.output = output;
    this.now = now;
    this.mistakes = mistakes;
    rootCAs.forEach(ca -> resources.put(CAName.of(ca), ca));
  }

  /**
   * Takes a leaf out of service: all its certificates are to be revoked.
   *
   * @param spec its {@code spec.revoked}
   * @param cas that may have signed them
   */
  PlannedLeaf revoke(LeafCert<?> leaf, Revoked spec, OfflineCAs cas) throws IOException {
    LeafFolder folder = new LeafFolder(leaf, output);
    folder.requireOwn();
    StoredLeaf stored = folder.read();
    stored.requireHistory();
    List<IssuedCertificate> issued = stored.issued(c -> cas.signer(leaf, c), now);
    List<LeafRevocations.OfLeaf> certificates = LeafRevocations.all(issued, spec);
    refuseSilent(leaf, certificates);
    revoked.addAll(certificates);
    return PlannedLeaf.revoked(folder, stored, issued);
  }

  private void refuseSilent(LeafCert<?> leaf, List<LeafRevocations.OfLeaf> certificates) {
    SortedSet<CAName> silent =
        certificates.stream()
            .map(LeafRevocations.OfLeaf::ca)
            .filter(ca -> !publishes(ca))
            .collect(Collectors.toCollection(TreeSet::new));
    silent.forEach(
        ca ->
            mistakes.add(
                leaf,
                "spec.revoked needs RootCA '"
                    + ca
                    + "', which signed a certificate that has not expired, among the files, with spec.revocation: give it revocation: {}, since without a CRL verifiers accept the certificate"));
  }

  private boolean publishes(CAName ca) {
    return Optional.ofNullable(resources.get(ca))
        .filter(resource -> resource.getSpec().revocation() != null)
        .isPresent();
  }

  /** Decides on the CRL of each CA that publishes one; all that is to be revoked is known. */
  void plan(List<PlannedCA> cas) throws IOException {
    for (PlannedCA ca : cas) {
      Revocation spec = ca.resource().getSpec().revocation();
      if (spec != null) {
        inputs
            .revocations(ca.resource())
            .unusable()
            .forEach(why -> mistakes.add(ca.resource(), why));
        // until it is known
        unusable.add(CAName.of(ca.resource()));
        mistakes.collect(() -> plan(ca, spec));
      }
    }
  }

  private void plan(PlannedCA ca, Revocation spec) throws IOException {
    CAName name = CAName.of(ca.resource());
    StoredCrl last = stored(name, ca.ca().path().certificate());
    try {
      planned.put(
          name,
          new RevokingCA(name, ca.ca().authority(), ca.ca().path(), spec)
              .plan(last, revoked(ca), now));
      unusable.remove(name);
    } catch (PkiException e) {
      throw new UserError(
          OfflineCA.folder(output, name).path() + " gets no CRL: " + e.getMessage());
    }
  }

  // an imported CA may have revoked certificates before
  private List<LeafRevocations.OfLeaf> revoked(PlannedCA ca) throws IOException {
    CaGeneration alone = CaGeneration.alone(ca.ca().path());
    List<LeafRevocations.OfLeaf> all = new ArrayList<>(revoked);
    all.addAll(
        inputs
            .revocations(ca.resource())
            .revokedBy(CAName.of(ca.resource()), alone.number(), alone.certificate()));
    return all;
  }

  private StoredCrl stored(CAName name, X509Certificate certificate) throws IOException {
    AtomicDirectory folder = OfflineCA.folder(output, name);
    try {
      return StoredCrl.read(folder.read(), certificate);
    } catch (PkiException e) {
      throw new UserError(folder.path() + " " + e.getMessage());
    }
  }

  /** Whether no mistake was found in the CRLs of the CAs that a leaf trusts. */
  boolean areUsable(LeafCert<?> leaf) {
    return Collections.disjoint(unusable, leaf.trustedCAs());
  }

  /** The CRL of a RootCA; empty: it publishes none. */
  Optional<PlannedCrl> of(RootCA ca) {
    return Optional.ofNullable(planned.get(CAName.of(ca)));
  }

  /** What is known of a leaf in service, and that a CRL lists the certificate in its folder. */
  LeafFacts judge(LeafCert<?> leaf, LeafFacts facts) {
    return facts
        .provenCertificate()
        .map(own -> own.certificate().getSerialNumber())
        .flatMap(
            serial ->
                Optional.ofNullable(planned.get(leaf.signingCA()))
                    .filter(planned -> planned.crl().entries().containsKey(serial)))
        .map(revoking -> facts.withRevokedCertificate())
        .orElse(facts);
  }

  /**
   * The CRLs for the folder of a leaf, and the CAs that lack one.
   *
   * @param trusted the RootCAs whose certificates its holder verifies
   * @param anchors the certificates in its trust bundle
   * @param held CRLs in its folder
   */
  CrlBundle bundle(List<TrustAssembly.Named> trusted, List<X509Certificate> anchors, List<Crl> held)
      throws IOException {
    List<X509Certificate> cas = new ArrayList<>();
    List<Crl> candidates = new ArrayList<>();
    List<X509Certificate> own = new ArrayList<>();
    for (TrustAssembly.Named named : trusted) {
      for (CaGeneration generation : named.generations().there()) {
        cas.addAll(generation.path().all());
        own.add(generation.certificate());
        candidates.addAll(candidates(named.ca(), generation.certificate()));
      }
    }
    cas.addAll(anchors);
    // an older one of another CA must not replace it; those of these CAs are in their folders
    held.stream().filter(crl -> own.stream().noneMatch(crl::isSignedBy)).forEach(candidates::add);
    return CrlBundle.of(cas, candidates, now);
  }

  /** Why a leaf cannot have the CRLs that it asks for. */
  static Finding refusal(CrlBundle incomplete) {
    return new Finding(
        Reason.RevocationIncomplete,
        "spec.revocations asks for a CRL of every CA that it trusts, since gateways refuse all clients of a CA without one, and "
            + incomplete.lacking().stream()
                .map(CrlBundle.Lack::inWords)
                .collect(Collectors.joining("; "))
            + ": give its RootCA revocation: {}, or "
            + AdditionalRevocations.remedy());
  }

  private List<Crl> candidates(CAName name, X509Certificate certificate) throws IOException {
    RootCA resource = resources.get(name);
    if (resource == null) {
      // of an earlier run, as long as it is current
      return stored(name, certificate).crl().stream().toList();
    }
    List<Crl> all = new ArrayList<>();
    of(resource).map(PlannedCrl::crl).ifPresent(all::add);
    // one that it signed elsewhere does not have what was revoked here
    inputs.revocations(resource).crls().stream()
        .filter(crl -> !crl.isSignedBy(certificate))
        .forEach(all::add);
    return all;
  }
}
