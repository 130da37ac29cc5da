package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.KeyRotationPolicy;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.reconcile.context.LastLeafExpiryRecorder;
import dev.mtlsoperator.reconcile.context.SigningKeys;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.KeyRetention;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.LeafCrlFile;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Optional;

/** Issues the certificate of a leaf and writes it. */
final class LeafIssuer {
  private final LeafSecretStore secrets;
  private final KeystorePasswords passwords;
  private final SigningKeys signingKeys;
  private final LastLeafExpiryRecorder lastLeafExpiries;

  LeafIssuer(
      LeafSecretStore secrets,
      KeystorePasswords passwords,
      SigningKeys signingKeys,
      LastLeafExpiryRecorder lastLeafExpiries) {
    this.secrets = secrets;
    this.passwords = passwords;
    this.signingKeys = signingKeys;
    this.lastLeafExpiries = lastLeafExpiries;
  }

  /**
   * Issues a certificate.
   *
   * @param why it is needed
   * @param reader that of the run
   */
  LeafOutcome issue(LeafObservation seen, Finding why, GenerationReader reader) {
    LeafCert<?> leaf = seen.leaf();
    Signer.Available signer = (Signer.Available) seen.facts().signer();
    Optional<Issuer> issuer = issuer(seen, signer, reader);
    if (issuer.isEmpty()) {
      return new LeafOutcome.Blocked(unreadable(leaf, signer));
    }
    Optional<Secret> kept = keepsSomething(seen) ? secrets.live(leaf) : Optional.empty();
    KeystorePasswords.Choice password = passwords.choose(leaf, Layout.of(leaf), kept);
    if (password instanceof KeystorePasswords.Choice.Refused refused) {
      return new LeafOutcome.Blocked(refused.why());
    }
    Issuance.Outcome certified = certify(seen, signer, issuer.get().ca(), kept);
    if (certified instanceof Issuance.Outcome.Refused refused) {
      return refused(refused.why());
    }
    Issuance.Outcome.Issued issued = (Issuance.Outcome.Issued) certified;
    LeafCrlFile crls = LeafCrlFile.of(seen.facts().crls(), seen.notedCrls(), kept);
    lastLeafExpiries.reach(
        leaf.signingCA().name(), issuer.get().generation(), issued.certificate(), reader);
    return secrets.write(
        seen,
        new LeafMaterial(
            issued.key(),
            issued.certificate(),
            issued.intermediates(),
            seen.facts().trust().certificates(),
            password.source(),
            crls.text()),
        notes(seen, signer, crls),
        seen.secret(),
        why);
  }

  /** A generation that signs, with its key. */
  private record Issuer(Sealed generation, CertificateAuthority ca) {}

  private Optional<Issuer> issuer(
      LeafObservation seen, Signer.Available signer, GenerationReader reader) {
    return seen.signingGeneration(signer.generation())
        .flatMap(
            generation ->
                signingKeys
                    .of(seen.leaf().signingCA().name(), generation, reader)
                    .map(ca -> new Issuer(generation, ca)));
  }

  private static Finding unreadable(LeafCert<?> leaf, Signer.Available signer) {
    return new Finding(
        Reason.CANotAvailable,
        "the key of generation "
            + signer.generation()
            + " of RootCA '"
            + leaf.signingCA().name()
            + "' cannot be read");
  }

  // most leaves keep nothing: their old Secrets need not be read
  private static boolean keepsSomething(LeafObservation seen) {
    return seen.facts().state().untampered().isPresent()
        && (seen.leaf().getSpec().privateKey().rotationPolicy() == KeyRotationPolicy.Never
            || Layout.of(seen.leaf()).keystores().isPresent()
            || LeafCrlFile.needsLive(seen.facts().crls(), seen.notedCrls()));
  }

  private static Issuance.Outcome certify(
      LeafObservation seen,
      Signer.Available signer,
      CertificateAuthority ca,
      Optional<Secret> kept) {
    LeafFacts facts = seen.facts();
    CertificateTemplate template = ((DesiredCertificate.Valid) facts.desired()).template();
    return Issuance.leaf(
        template,
        ca,
        signer,
        facts.issuancePolicy(),
        seen.now(),
        wanted ->
            KeyRetention.kept(
                    facts,
                    seen.leaf().getSpec().privateKey().rotationPolicy(),
                    wanted,
                    () -> kept.flatMap(LeafActor::key),
                    KeyMaterial::parameters)
                .orElseGet(() -> KeyMaterial.generate(wanted)));
  }

  private static LeafOutcome refused(Finding why) {
    return why.reason() == Reason.InvalidSpec || why.reason() == Reason.PolicyViolation
        ? new LeafOutcome.Blocked(why)
        : new LeafOutcome.Failed(why);
  }

  private static LeafSecret.Notes notes(
      LeafObservation seen, Signer.Available signer, LeafCrlFile crls) {
    LeafFacts facts = seen.facts();
    int revision =
        facts
            .state()
            .managed()
            .map(SecretState.Managed::revision)
            .orElseGet(facts::reportedRevision);
    return new LeafSecret.Notes(
        LeafSecret.nextRevision(revision),
        signer.generation(),
        facts.wantedLayout(),
        facts.trust().additional(),
        facts.trust().admittedBy(),
        facts.trust().sources(),
        facts.renew(),
        Optional.empty(),
        crls.note());
  }
}
