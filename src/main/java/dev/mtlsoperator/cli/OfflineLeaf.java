package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cli.revocation.IssuedNote;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.revocation.Crl;
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
import dev.mtlsoperator.rotation.revocation.CrlBundle;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import dev.mtlsoperator.secret.leaf.LeafAdvisory;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
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
   * @param cas signs, and gives what its holder trusts
   * @param crls those of the CAs
   */
  Outcome plan(OfflineCAs cas, OfflineCrls crls) throws IOException {
    StoredLeaf stored = folder.read();
    SigningCA ca = cas.signing(resource);
    IssuancePolicy policy = cas.policy(resource);
    List<TrustAssembly.Named> trusted = cas.trusted(resource);
    Signer.Available signer = Signer.Available.alone(ca.path());
    LeafFacts facts = crls.judge(resource, facts(stored.state(), signer, policy, trusted));
    CrlBundle bundle = revocations(facts, trusted, stored, crls);
    if (!bundle.isComplete()) {
      return new Outcome.Refused(OfflineCrls.refusal(bundle));
    }
    Content content =
        new Content(
            stored,
            facts,
            Optional.of(Crl.pem(bundle.crls())).filter(pem -> !pem.isEmpty()),
            stored.issued(c -> cas.signer(resource, c), now));
    LeafDecision decision = LeafRules.decide(facts, now);
    if (decision instanceof LeafDecision.Issue issue) {
      return issue(ca, signer, content, issue.why());
    }
    Optional<Finding> stopped = decision.stopped();
    return stopped.isPresent()
        ? new Outcome.Refused(stopped.get())
        : kept(content, republished(decision));
  }

  /**
   * What the files are made from.
   *
   * @param crl for the folder; empty: none
   * @param issued the unexpired certificates so far
   */
  private record Content(
      StoredLeaf stored, LeafFacts facts, Optional<String> crl, List<IssuedCertificate> issued) {}

  private CrlBundle revocations(
      LeafFacts facts, List<TrustAssembly.Named> trusted, StoredLeaf stored, OfflineCrls crls)
      throws IOException {
    return resource.getSpec().revocations()
        ? crls.bundle(trusted, facts.trust().certificates(), stored.revocations())
        : new CrlBundle(List.of(), List.of());
  }

  private Outcome kept(Content content, Optional<Finding> republished) throws IOException {
    SecretState.Managed state = (SecretState.Managed) content.facts().state();
    X509Certificate inService = state.certificate().orElseThrow();
    StoredLeaf stored = content.stored();
    if (republished.isPresent()) {
      LeafMaterial material =
          material(
              stored.key().orElseThrow(),
              inService,
              stored.intermediates(),
              content.facts(),
              stored.generatedPassword());
      return planned(republished.get(), material, content, state.revision(), state.renew());
    }
    PlannedLeaf kept = PlannedLeaf.kept(folder, inService, advisory(inService, content.facts()));
    return new Outcome.Planned(kept.with(content.crl(), stored, content.issued()));
  }

  private static Optional<Finding> republished(LeafDecision decision) {
    if (decision instanceof LeafDecision.Republish republish) {
      return Optional.of(republish.why());
    }
    return decision instanceof LeafDecision.Retrust retrust
        ? Optional.of(retrust.why())
        : Optional.empty();
  }

  private Outcome issue(SigningCA ca, Signer.Available signer, Content before, Finding why)
      throws IOException {
    LeafFacts facts = before.facts();
    StoredLeaf stored = before.stored();
    CertificateTemplate template = ((DesiredCertificate.Valid) facts.desired()).template();
    Optional<KeyMaterial> kept = keptKey(stored, facts, template.key());
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
    List<IssuedCertificate> all =
        IssuedCertificates.with(
            before.issued(),
            Stream.of(IssuedNote.of(issued.certificate(), resource.signingCA())),
            now);
    int revision = stored.notes().map(OfflineNotes::revision).orElse(0);
    return planned(
        why, material, new Content(stored, facts, before.crl(), all), revision + 1, facts.renew());
  }

  private Optional<KeyMaterial> keptKey(StoredLeaf stored, LeafFacts facts, KeyParameters wanted) {
    return KeyRetention.kept(
        facts,
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
      Finding why, LeafMaterial material, Content content, int revision, @Nullable String renew)
      throws IOException {
    LeafFacts facts = content.facts();
    SortedMap<String, byte[]> files = new TreeMap<>();
    LeafFiles.of(material, layout).forEach((key, file) -> files.put(folder.fileName(key), file));
    content
        .crl()
        .ifPresent(
            crl -> files.put(folder.fileName(Keys.CA_CRL), crl.getBytes(StandardCharsets.UTF_8)));
    OfflineNotes notes =
        new OfflineNotes(
            OfflineNotes.digest(files),
            revision,
            facts.wantedLayout(),
            facts.trust().additional(),
            facts.trust().sources(),
            renew,
            IssuedNote.text(content.issued()));
    files.put(OfflineNotes.FILE, notes.toFile());
    return new Outcome.Planned(
        PlannedLeaf.changed(
            folder,
            material.certificate(),
            advisory(material.certificate(), facts),
            "issued (" + why.reason() + ")",
            files));
  }
}
