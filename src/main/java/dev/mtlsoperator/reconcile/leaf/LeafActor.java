package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.LeafCrlFile;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Carries out what was decided for a leaf: one write at most. */
final class LeafActor {
  private final LeafSecretStore secrets;
  private final KeystorePasswords passwords;
  private final LeafIssuer issuer;
  private final Seal seal;

  LeafActor(LeafSecretStore secrets, KeystorePasswords passwords, LeafIssuer issuer, Seal seal) {
    this.secrets = secrets;
    this.passwords = passwords;
    this.issuer = issuer;
    this.seal = seal;
  }

  /**
   * Carries out a decision that asks for a write.
   *
   * @param reader that of the run
   */
  LeafOutcome act(LeafObservation seen, LeafDecision decision, GenerationReader reader) {
    if (decision instanceof LeafDecision.Issue issue) {
      return issuer.issue(seen, issue.why(), reader);
    }
    if (decision instanceof LeafDecision.Relabel relabel) {
      return relabel(seen, relabel);
    }
    if (decision instanceof LeafDecision.Retrust retrust) {
      return retrust(seen, retrust);
    }
    if (decision instanceof LeafDecision.Republish republish) {
      return republish(seen, republish);
    }
    if (decision instanceof LeafDecision.Revoke revoke) {
      return revoke(seen, revoke);
    }
    throw new IllegalStateException("nothing carries out " + decision);
  }

  // whatever others did to its content: what bears a key goes
  private LeafOutcome revoke(LeafObservation seen, LeafDecision.Revoke decision) {
    Optional<Secret> live = secrets.live(seen.leaf());
    return live.filter(
                secret ->
                    LeafSecret.judge(seen.leaf(), secret, seal).managed().isPresent()
                        && !secret.isMarkedForDeletion())
            .filter(secret -> !secrets.delete(secret))
            .isPresent()
        ? new LeafOutcome.Overtaken(secrets.live(seen.leaf()).orElse(null))
        : new LeafOutcome.Removed(decision.why());
  }

  // the certificate stays to the byte, and the key unless an earlier version encoded it
  private LeafOutcome retrust(LeafObservation seen, LeafDecision.Retrust decision) {
    Optional<Secret> live = secrets.live(seen.leaf());
    Optional<SecretState.Managed> managed = untampered(seen.leaf(), live);
    if (live.isEmpty() || managed.isEmpty()) {
      return new LeafOutcome.Overtaken(live.orElse(null));
    }
    SortedMap<String, byte[]> files = SecretData.files(live.get());
    boolean hadTruststore = files.containsKey(Keys.TRUSTSTORE);
    Optional<Finding> refused = retrust(seen, files, decision.truststore(), live.get());
    if (refused.isPresent()) {
      return new LeafOutcome.Blocked(refused.get());
    }
    boolean left = files.containsKey(Keys.TRUSTSTORE);
    LeafCrlFile crls = crls(seen, managed.get(), live);
    LeafFiles.putCrls(files, crls.text());
    return secrets.write(
        seen,
        files,
        retrustedNotes(
            seen.facts().trust(),
            managed.get(),
            switch (decision.truststore()) {
              case ENCODED -> true;
              case LEFT -> !hadTruststore;
              case PURGED -> !hadTruststore || left;
            },
            decision.truststore() == LeafDecision.Truststore.LEFT && left,
            crls),
        live.get(),
        decision.why());
  }

  // puts another trust bundle among the files, and says why that cannot be
  private Optional<Finding> retrust(
      LeafObservation seen,
      SortedMap<String, byte[]> files,
      LeafDecision.Truststore truststore,
      Secret live) {
    LeafCert<?> leaf = seen.leaf();
    List<X509Certificate> bundle = seen.facts().trust().certificates();
    Layout layout = Layout.of(leaf);
    if (seen.facts().trust().withdrawn().isEmpty() && LeafFiles.holdBundle(files, bundle)) {
      // only the CRLs have changed: a truststore never has the same bytes twice
      return Optional.empty();
    }
    switch (truststore) {
      case ENCODED -> {
        KeystorePasswords.Choice password = passwords.choose(leaf, layout, Optional.of(live));
        if (password instanceof KeystorePasswords.Choice.Refused refused) {
          return Optional.of(refused.why());
        }
        LeafFiles.retrust(files, bundle, layout, password.source());
        encodeKeyAgain(files, live, layout, password.source());
      }
      case LEFT -> LeafFiles.retrust(files, bundle);
      case PURGED ->
          LeafFiles.purge(
              files, bundle, layout, passwords.candidates(leaf, layout, Optional.of(live)));
    }
    return Optional.empty();
  }

  /**
   * @param current whether the truststore is made as the layout says
   * @param behind whether the truststore stays as it was
   */
  private static LeafSecret.Notes retrustedNotes(
      Trust trust, SecretState.Managed before, boolean current, boolean behind, LeafCrlFile crls) {
    Optional<Set<Fingerprint>> held =
        behind ? before.truststore().or(() -> Optional.of(before.trusted())) : Optional.empty();
    return new LeafSecret.Notes(
        before.revision(),
        before.caGeneration(),
        current ? before.layout() : "",
        trust.additional(),
        trust.admittedBy(),
        trust.sources(),
        before.renew(),
        held,
        crls.note());
  }

  private static LeafCrlFile crls(
      LeafObservation seen, SecretState.Managed before, Optional<Secret> live) {
    return LeafCrlFile.of(seen.facts().crls(), before.revocations(), live);
  }

  private LeafOutcome relabel(LeafObservation seen, LeafDecision.Relabel decision) {
    Optional<Secret> live = secrets.live(seen.leaf());
    Optional<SecretState.Managed> managed = untampered(seen.leaf(), live);
    if (live.isEmpty() || managed.isEmpty()) {
      return new LeafOutcome.Overtaken(live.orElse(null));
    }
    SecretState.Managed before = managed.get();
    LeafSecret.Notes notes =
        new LeafSecret.Notes(
            before.revision(),
            before.caGeneration(),
            seen.facts().wantedLayout(),
            before.additional(),
            before.admittedBy(),
            before.sources(),
            before.renew(),
            before.truststore(),
            before.revocations());
    SortedMap<String, byte[]> files = SecretData.files(live.get());
    Layout layout = Layout.of(seen.leaf());
    if (passwords.choose(seen.leaf(), layout, live)
        instanceof KeystorePasswords.Choice.Given password) {
      encodeKeyAgain(files, live.get(), layout, password.source());
    }
    return secrets.write(seen, files, notes, live.get(), decision.why());
  }

  // at the next write, whatever for: a write of its own for each Secret would restart all workloads
  private static void encodeKeyAgain(
      SortedMap<String, byte[]> files,
      Secret live,
      Layout layout,
      Optional<Layout.PasswordSource> password) {
    key(live)
        .ifPresent(
            key -> LeafFiles.encodeKeyAgain(files, key, LeafSecret.chain(live), layout, password));
  }

  private LeafOutcome republish(LeafObservation seen, LeafDecision.Republish decision) {
    LeafCert<?> leaf = seen.leaf();
    Optional<Secret> live = secrets.live(leaf);
    Optional<SecretState.Managed> managed = untampered(leaf, live);
    if (live.isEmpty() || managed.isEmpty()) {
      return new LeafOutcome.Overtaken(live.orElse(null));
    }
    KeystorePasswords.Choice password = passwords.choose(leaf, Layout.of(leaf), live);
    if (password instanceof KeystorePasswords.Choice.Refused refused) {
      return new LeafOutcome.Blocked(refused.why());
    }
    List<X509Certificate> chain = LeafSecret.chain(live.get());
    Optional<KeyMaterial> key = key(live.get());
    if (key.isEmpty() || chain.isEmpty()) {
      return new LeafOutcome.Failed(
          new Finding(Reason.IssuanceFailed, "the key in the Secret cannot be read"));
    }
    LeafCrlFile crls = crls(seen, managed.get(), live);
    return secrets.write(
        seen,
        new LeafMaterial(
            key.get(),
            chain.get(0),
            chain.subList(1, chain.size()),
            seen.facts().trust().certificates(),
            password.source(),
            crls.text()),
        republishedNotes(seen.facts(), managed.get(), crls),
        live.get(),
        decision.why());
  }

  private static LeafSecret.Notes republishedNotes(
      LeafFacts facts, SecretState.Managed before, LeafCrlFile crls) {
    return new LeafSecret.Notes(
        before.revision(),
        before.caGeneration(),
        facts.wantedLayout(),
        facts.trust().additional(),
        facts.trust().admittedBy(),
        facts.trust().sources(),
        before.renew(),
        Optional.empty(),
        crls.note());
  }

  private Optional<SecretState.Managed> untampered(LeafCert<?> leaf, Optional<Secret> live) {
    return live.map(secret -> LeafSecret.judge(leaf, secret, seal))
        .flatMap(SecretState::untampered);
  }

  /** The key in a Secret; empty where it cannot be read. */
  static Optional<KeyMaterial> key(Secret secret) {
    try {
      return SecretData.text(secret, Keys.TLS_KEY).map(KeyMaterial::fromPem);
    } catch (PkiException e) {
      return Optional.empty();
    }
  }
}
