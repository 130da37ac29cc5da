package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.KeyRetention;
import dev.mtlsoperator.rotation.leaf.LeafCrls;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRevocation;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import dev.mtlsoperator.secret.leaf.LeafAdvisory;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Applies the cluster's rules to a leaf and makes its files; writes nothing. */
final class OfflineLeaf {
  private final LeafCert<?> resource;
  private final LeafFolder folder;
  private final Layout layout;
  private final Optional<Password> givenPassword;
  private final Seal seal;
  private final Instant now;

  /**
   * @param givenPassword what {@code passwordSecretRef} refers to; empty: generated
   */
  OfflineLeaf(
      LeafCert<?> resource,
      LeafFolder folder,
      Optional<Password> givenPassword,
      Seal seal,
      Instant now) {
    this.resource = resource;
    this.folder = folder;
    this.layout = Layout.of(resource);
    this.givenPassword = givenPassword;
    this.seal = seal;
    this.now = now;
  }

  /** The result of planning. */
  sealed interface Outcome {
    record Planned(PlannedLeaf leaf) implements Outcome {}

    /** The leaf cannot have a certificate as its spec asks. */
    record Refused(Finding why) implements Outcome {}
  }

  /**
   * Plans.
   *
   * @param policy the requirements of the CA
   * @param trusted the CAs whose certificates the holder verifies
   */
  Outcome plan(SigningCA ca, IssuancePolicy policy, List<TrustAssembly.Named> trusted)
      throws IOException {
    StoredLeaf stored = folder.read();
    Signer.Available signer = Signer.Available.alone(ca.path());
    LeafFacts facts = facts(stored.state(), signer, policy, trusted);
    LeafDecision decision = LeafRules.decide(facts, now);
    if (decision instanceof LeafDecision.Issue issue) {
      return issue(ca, signer, stored, facts, issue.why());
    }
    Optional<Finding> stopped = decision.stopped();
    if (stopped.isPresent()) {
      return new Outcome.Refused(stopped.get());
    }
    SecretState.Managed state = (SecretState.Managed) facts.state();
    X509Certificate inService = state.certificate().orElseThrow();
    Optional<Finding> republished = republished(decision);
    if (republished.isEmpty()) {
      return new Outcome.Planned(PlannedLeaf.kept(folder, inService, advisory(inService, facts)));
    }
    LeafMaterial material =
        material(
            stored.key().orElseThrow(),
            inService,
            stored.intermediates(),
            facts,
            stored.generatedPassword());
    return planned(inService, republished.get(), material, facts, state.revision(), state.renew());
  }

  private static Optional<Finding> republished(LeafDecision decision) {
    if (decision instanceof LeafDecision.Republish republish) {
      return Optional.of(republish.why());
    }
    return decision instanceof LeafDecision.Retrust retrust
        ? Optional.of(retrust.why())
        : Optional.empty();
  }

  private Outcome issue(
      SigningCA ca, Signer.Available signer, StoredLeaf stored, LeafFacts facts, Finding why)
      throws IOException {
    CertificateTemplate template = ((DesiredCertificate.Valid) facts.desired()).template();
    Optional<KeyMaterial> kept = keptKey(stored, facts.state(), template.key());
    Issuance.Outcome outcome =
        Issuance.leaf(
            template,
            ca.authority(),
            signer,
            facts.issuancePolicy(),
            now,
            wanted -> kept.orElseGet(() -> KeyMaterial.generate(wanted)));
    if (outcome instanceof Issuance.Outcome.Refused refused) {
      return new Outcome.Refused(refused.why());
    }
    Issuance.Outcome.Issued issued = (Issuance.Outcome.Issued) outcome;
    LeafMaterial material =
        material(
            issued.key(),
            issued.certificate(),
            issued.intermediates(),
            facts,
            facts.state().untampered().isPresent() ? stored.generatedPassword() : Optional.empty());
    int revision = facts.state() instanceof SecretState.Managed ours ? ours.revision() : 0;
    return planned(issued.certificate(), why, material, facts, revision + 1, facts.renew());
  }

  private Optional<KeyMaterial> keptKey(
      StoredLeaf stored, SecretState state, KeyParameters wanted) {
    return KeyRetention.kept(
        state,
        resource.getSpec().privateKey().rotationPolicy(),
        wanted,
        stored::key,
        KeyMaterial::parameters);
  }

  private LeafFacts facts(
      SecretState state,
      Signer.Available signer,
      IssuancePolicy policy,
      List<TrustAssembly.Named> trusted) {
    Map<String, String> annotations = resource.getMetadata().getAnnotations();
    return new LeafFacts(
        folder.leaf(),
        DesiredCertificate.of(resource),
        signer,
        state,
        policy,
        TrustAssembly.of(
            trusted,
            Optional.empty(),
            state,
            TrustAssembly.Spec.OBSERVED,
            // a CA that is not among the files is unknown: its certificates stay
            former -> CaGenerations.none(),
            AdditionalCertificates::digest,
            now),
        layout.digest(
            seal,
            givenPassword.map(password -> Digests.of(password.reveal())),
            resource.namedAsTrusted()),
        Optional.empty(),
        annotations == null ? null : annotations.get(Api.RENEW_ANNOTATION),
        0,
        Optional.empty(),
        Optional.empty(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  private LeafMaterial material(
      KeyMaterial key,
      X509Certificate certificate,
      List<X509Certificate> intermediates,
      LeafFacts facts,
      Optional<Password> generated) {
    return new LeafMaterial(
        key,
        certificate,
        intermediates,
        facts.trust().certificates(),
        layout.keystores().map(stores -> password(generated)),
        Optional.empty());
  }

  private PasswordSource password(Optional<Password> generated) {
    return givenPassword
        .<PasswordSource>map(PasswordSource.Given::new)
        .orElseGet(() -> new PasswordSource.Generated(generated.orElseGet(Password::generate)));
  }

  private Advisory advisory(X509Certificate certificate, LeafFacts facts) {
    return LeafAdvisory.of(resource, certificate, facts.heldNamesakes(now), facts.unfittingTrust());
  }

  private Outcome planned(
      X509Certificate certificate,
      Finding why,
      LeafMaterial material,
      LeafFacts facts,
      int revision,
      @Nullable String renew)
      throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    LeafFiles.of(material, layout)
        .forEach((key, content) -> files.put(folder.fileName(key), content));
    OfflineNotes notes =
        new OfflineNotes(
            OfflineNotes.digest(files),
            revision,
            facts.wantedLayout(),
            facts.trust().additional(),
            facts.trust().sources(),
            renew);
    files.put(OfflineNotes.FILE, notes.toFile());
    return new Outcome.Planned(
        PlannedLeaf.changed(folder, certificate, advisory(certificate, facts), why, files));
  }
}
