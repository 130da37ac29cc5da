package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.KeyRotationPolicy;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Carries out what was decided for a leaf: one write at most. */
final class LeafActor<L extends LeafCert<?>> {
  private final LeafWatches<L> watches;
  private final ReconcileContext shared;

  LeafActor(LeafWatches<L> watches, ReconcileContext shared) {
    this.watches = watches;
    this.shared = shared;
  }

  /** What came of it. */
  sealed interface Outcome {
    /** The Secret, redacted, was written. */
    record Written(Secret secret, Finding why) implements Outcome {}

    /** Nothing was written, and the attempt counts. */
    record Failed(Finding why) implements Outcome {}

    /** Nothing was written: something outside must change first. */
    record Blocked(Finding why) implements Outcome {}

    /**
     * The Secret is not what the cache said: decide again upon what the API server holds (null:
     * none).
     */
    record Overtaken(@Nullable Secret secret) implements Outcome {}
  }

  Outcome issue(
      L leaf, LeafFacts facts, LeafDecision.Issue decision, @Nullable Secret cached, Instant now) {
    Signer.Available signer = (Signer.Available) facts.signer();
    CertificateTemplate template = ((DesiredCertificate.Valid) facts.desired()).template();
    CAName rootCA = leaf.signingCA();
    Optional<GenerationSecret.Sealed> generation =
        watches
            .generation(rootCA.namespace(), rootCA.name(), signer.generation())
            .flatMap(
                secret ->
                    GenerationSecret.read(rootCA.namespace(), rootCA.name(), secret, shared.seal()))
            // caches move while they are asked
            .filter(found -> found.proof() instanceof GenerationSecret.Proof.Holds);
    Optional<CertificateAuthority> ca =
        generation.flatMap(found -> shared.signingKeys().of(rootCA.name(), found));
    if (ca.isEmpty()) {
      return new Outcome.Blocked(
          new Finding(
              Reason.CANotAvailable,
              "the key of generation "
                  + signer.generation()
                  + " of RootCA '"
                  + rootCA.name()
                  + "' cannot be read"));
    }
    Layout layout = Layout.of(leaf);
    Optional<Secret> kept = keepsSomething(leaf, facts, layout) ? live(leaf) : Optional.empty();
    PasswordChoice password = password(leaf, layout, kept);
    if (password.refused().isPresent()) {
      return new Outcome.Blocked(password.refused().get());
    }
    Issuance.Outcome outcome =
        Issuance.leaf(
            template,
            ca.get(),
            signer,
            facts.issuancePolicy(),
            now,
            wanted ->
                kept.flatMap(secret -> keptKey(leaf, template, secret))
                    .orElseGet(() -> KeyMaterial.generate(wanted)));
    if (outcome instanceof Issuance.Outcome.Refused refused) {
      return refused.why().reason() == Reason.InvalidSpec
              || refused.why().reason() == Reason.PolicyViolation
          ? new Outcome.Blocked(refused.why())
          : new Outcome.Failed(refused.why());
    }
    Issuance.Outcome.Issued issued = (Issuance.Outcome.Issued) outcome;
    shared.lastLeafExpiries().reach(rootCA.name(), generation.orElseThrow(), issued.certificate());
    return write(
        leaf,
        new LeafMaterial(
            issued.key(),
            issued.certificate(),
            issued.intermediates(),
            facts.trust().certificates(),
            password.source()),
        layout,
        new LeafSecret.Notes(
            LeafSecret.nextRevision(revision(facts)),
            signer.generation(),
            facts.wantedLayout(),
            facts.trust().additional(),
            facts.trust().admittedBy(),
            facts.trust().sources(),
            LeafObserver.renew(leaf),
            Optional.empty()),
        cached,
        decision.why(),
        now);
  }

  /** Key and certificate stay to the byte. */
  Outcome retrust(L leaf, LeafFacts facts, LeafDecision.Retrust decision, Instant now) {
    Optional<Secret> live = live(leaf);
    Optional<SecretState.Managed> ours = untampered(leaf, live);
    if (live.isEmpty() || ours.isEmpty()) {
      return new Outcome.Overtaken(live.orElse(null));
    }
    SortedMap<String, byte[]> files = SecretData.files(live.get());
    boolean hadTruststore = files.containsKey(Keys.TRUSTSTORE);
    List<X509Certificate> bundle = facts.trust().certificates();
    Layout layout = Layout.of(leaf);
    boolean current = !hadTruststore;
    switch (decision.truststore()) {
      case ENCODED -> {
        PasswordChoice password = password(leaf, layout, live);
        if (password.refused().isPresent()) {
          return new Outcome.Blocked(password.refused().get());
        }
        LeafFiles.retrust(files, bundle, layout, password.source());
        current = true;
      }
      case LEFT -> LeafFiles.retrust(files, bundle);
      case PURGED -> {
        LeafFiles.purge(files, bundle, layout, passwords(leaf, layout, live));
        current |= files.containsKey(Keys.TRUSTSTORE);
      }
    }
    return write(
        leaf,
        files,
        bundle,
        new LeafSecret.Notes(
            ours.get().revision(),
            ours.get().caGeneration(),
            current ? ours.get().layout() : "",
            facts.trust().additional(),
            facts.trust().admittedBy(),
            facts.trust().sources(),
            ours.get().renew(),
            decision.truststore() == LeafDecision.Truststore.LEFT
                ? left(files, ours.get())
                : Optional.empty()),
        live.get(),
        decision.why(),
        now);
  }

  /** What a truststore holds that stays as it is while the trust bundle beside it changes. */
  private static Optional<Set<Fingerprint>> left(
      SortedMap<String, byte[]> files, SecretState.Managed before) {
    return files.containsKey(Keys.TRUSTSTORE)
        ? before.truststore().or(() -> Optional.of(Pem.fingerprints(before.trust())))
        : Optional.empty();
  }

  Outcome relabel(L leaf, LeafFacts facts, LeafDecision.Relabel decision, Instant now) {
    Optional<Secret> live = live(leaf);
    return untampered(leaf, live)
        .map(
            ours ->
                write(
                    leaf,
                    SecretData.files(live.orElseThrow()),
                    facts.trust().certificates(),
                    notes(
                        facts,
                        ours,
                        ours.additional(),
                        ours.admittedBy(),
                        ours.sources(),
                        ours.truststore()),
                    live.orElseThrow(),
                    decision.why(),
                    now))
        .orElseGet(() -> new Outcome.Overtaken(live.orElse(null)));
  }

  Outcome republish(L leaf, LeafFacts facts, LeafDecision.Republish decision, Instant now) {
    Optional<Secret> live = live(leaf);
    Optional<SecretState.Managed> ours = untampered(leaf, live);
    if (live.isEmpty() || ours.isEmpty()) {
      return new Outcome.Overtaken(live.orElse(null));
    }
    Layout layout = Layout.of(leaf);
    PasswordChoice password = password(leaf, layout, live);
    if (password.refused().isPresent()) {
      return new Outcome.Blocked(password.refused().get());
    }
    List<X509Certificate> chain = LeafSecret.chain(live.get());
    Optional<KeyMaterial> key = key(live.get());
    if (key.isEmpty() || chain.isEmpty()) {
      return new Outcome.Failed(
          new Finding(Reason.IssuanceFailed, "the key in the Secret cannot be read"));
    }
    return write(
        leaf,
        new LeafMaterial(
            key.get(),
            chain.get(0),
            chain.subList(1, chain.size()),
            facts.trust().certificates(),
            password.source()),
        layout,
        notes(
            facts,
            ours.get(),
            facts.trust().additional(),
            facts.trust().admittedBy(),
            facts.trust().sources(),
            Optional.empty()),
        live.get(),
        decision.why(),
        now);
  }

  private Optional<SecretState.Managed> untampered(L leaf, Optional<Secret> live) {
    return live.map(secret -> LeafSecret.judge(leaf, secret, shared.seal()))
        .filter(SecretState.Managed.class::isInstance)
        .map(SecretState.Managed.class::cast)
        .filter(ours -> ours.integrity() != SecretState.Integrity.TAMPERED);
  }

  private static LeafSecret.Notes notes(
      LeafFacts facts,
      SecretState.Managed ours,
      String additional,
      SortedSet<CAName> admittedBy,
      TrustSources sources,
      Optional<Set<Fingerprint>> truststore) {
    return new LeafSecret.Notes(
        ours.revision(),
        ours.caGeneration(),
        facts.wantedLayout(),
        additional,
        admittedBy,
        sources,
        ours.renew(),
        truststore);
  }

  private Outcome write(
      L leaf,
      LeafMaterial material,
      Layout layout,
      LeafSecret.Notes notes,
      @Nullable Secret replaced,
      Finding why,
      Instant now) {
    try {
      return write(
          leaf, LeafFiles.of(material, layout), material.bundle(), notes, replaced, why, now);
    } catch (PkiException e) {
      return new Outcome.Failed(new Finding(Reason.IssuanceFailed, String.valueOf(e.getMessage())));
    }
  }

  private Outcome write(
      L leaf,
      SortedMap<String, byte[]> files,
      List<X509Certificate> trust,
      LeafSecret.Notes notes,
      @Nullable Secret replaced,
      Finding why,
      Instant now) {
    try {
      Secret secret = LeafSecret.of(leaf, files, notes, replaced, now, shared.seal());
      Secret written =
          watches
              .own()
              .write(
                  secret,
                  s ->
                      replaced == null
                          ? shared.client().resource(s).create()
                          : shared.client().resource(s).update());
      shared.givenTrust().remember(leaf, secret);
      shared.leafAttempts().written(leaf);
      if (why.reason() == Reason.SecretTampered) {
        shared.leafAttempts().repaired(leaf, now);
      }
      return new Outcome.Written(written, why);
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e) || (ApiErrors.isNotFound(e) && replaced != null)) {
        return new Outcome.Overtaken(live(leaf).orElse(null));
      }
      String refusal = ApiErrors.refusal(e).orElseThrow(() -> e);
      shared.leafAttempts().refused(leaf, refusal, trust);
      return new Outcome.Failed(
          new Finding(Reason.IssuanceFailed, "the Secret could not be written: " + refusal));
    }
  }

  /** The Secret as the API server has it now. */
  Optional<Secret> live(L leaf) {
    return Optional.ofNullable(
        shared
            .client()
            .secrets()
            .inNamespace(leaf.getMetadata().getNamespace())
            .withName(leaf.effectiveSecretName())
            .get());
  }

  // a read of the old Secret is spared where nothing of it is wanted: the bulk path
  private static boolean keepsSomething(LeafCert<?> leaf, LeafFacts facts, Layout layout) {
    boolean trustworthy =
        facts.state() instanceof SecretState.Managed ours
            && ours.integrity() != SecretState.Integrity.TAMPERED;
    return trustworthy
        && (leaf.getSpec().privateKey().rotationPolicy() == KeyRotationPolicy.Never
            || layout.keystores().isPresent());
  }

  private static Optional<KeyMaterial> keptKey(
      LeafCert<?> leaf, CertificateTemplate template, Secret secret) {
    return leaf.getSpec().privateKey().rotationPolicy() == KeyRotationPolicy.Never
        ? key(secret).filter(key -> key.parameters().equals(template.key()))
        : Optional.empty();
  }

  private static Optional<KeyMaterial> key(Secret secret) {
    try {
      return SecretData.text(secret, Keys.TLS_KEY).map(KeyMaterial::fromPem);
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  private record PasswordChoice(Optional<PasswordSource> source, Optional<Finding> refused) {}

  private PasswordChoice password(L leaf, Layout layout, Optional<Secret> kept) {
    if (layout.keystores().isEmpty()) {
      return new PasswordChoice(Optional.empty(), Optional.empty());
    }
    Optional<PasswordSecretRef> reference = KeystorePasswords.reference(leaf);
    if (reference.isEmpty()) {
      Password generated =
          kept.flatMap(secret -> SecretData.text(secret, Keys.KEYSTORE_PASSWORD))
              .map(Password::of)
              .orElseGet(Password::generate);
      return new PasswordChoice(
          Optional.of(new PasswordSource.Generated(generated)), Optional.empty());
    }
    Secret secret =
        shared
            .client()
            .secrets()
            .inNamespace(leaf.getMetadata().getNamespace())
            .withName(reference.get().name())
            .get();
    KeystorePasswords.Read read =
        KeystorePasswords.read(Optional.ofNullable(secret), reference.get());
    if (read instanceof KeystorePasswords.Read.Refused refused) {
      return new PasswordChoice(Optional.empty(), Optional.of(refused.why()));
    }
    Password given = ((KeystorePasswords.Read.Found) read).password();
    return new PasswordChoice(Optional.of(new PasswordSource.Given(given)), Optional.empty());
  }

  // with which a truststore may have been encoded: that which is asked for now, and that which was
  // generated and lies beside it
  private List<Password> passwords(L leaf, Layout layout, Optional<Secret> live) {
    Optional<Password> asked =
        KeystorePasswords.reference(leaf).isPresent()
            ? password(leaf, layout, live).source().map(PasswordSource::password)
            : Optional.empty();
    Optional<Password> generated =
        live.flatMap(secret -> SecretData.text(secret, Keys.KEYSTORE_PASSWORD)).map(Password::of);
    return Stream.of(asked, generated).flatMap(Optional::stream).toList();
  }

  private static int revision(LeafFacts facts) {
    return facts.state() instanceof SecretState.Managed ours
        ? ours.revision()
        : facts.reportedRevision();
  }
}
