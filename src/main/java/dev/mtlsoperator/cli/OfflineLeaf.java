package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.KeyRetention;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A leaf as files in a folder, with the names that people know; by the same rules as in the
 * cluster.
 */
final class OfflineLeaf {
  /** What the program notes beside the files. */
  private static final String NOTES = ".mtls-operator";

  private static final String DIGEST = "digest";
  private static final String REVISION = "revision";
  private static final String LAYOUT = "layout";
  private static final String ADDITIONAL = "additional-trust";
  private static final String SOURCES = "trust-sources";
  private static final String RENEW = "renew";

  private final LeafCert<?> resource;
  private final AtomicDirectory folder;
  private final Optional<Password> givenPassword;

  /**
   * @param givenPassword what {@code passwordSecretRef} refers to; empty: generated
   */
  OfflineLeaf(LeafCert<?> resource, Path output, Optional<Password> givenPassword) {
    this.resource = resource;
    this.folder =
        new AtomicDirectory(
            output,
            resource.getMetadata().getNamespace(),
            resource.getKind().toLowerCase(Locale.ROOT),
            resource.getMetadata().getName());
    this.givenPassword = givenPassword;
  }

  /** What was done, and the certificate in service now. */
  record Done(Optional<Finding> why, X509Certificate certificate, Path path) {}

  /**
   * Throws what a person must put right, without writing.
   *
   * @throws UserError when the folder is not ours
   */
  void check() throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    if (!files.isEmpty() && !files.containsKey(NOTES)) {
      throw new UserError(
          folder.path()
              + " was not written by this program and is left alone: move it away, or choose another output folder");
    }
  }

  /**
   * Brings the folder up to date.
   *
   * @param issuancePolicy on which the CA signs
   * @param trusted the CAs that the holder shall trust
   */
  Done issue(
      SigningCA ca,
      IssuancePolicy issuancePolicy,
      List<TrustAssembly.Named> trusted,
      Seal seal,
      Instant now)
      throws IOException {
    SortedMap<String, byte[]> files = folder.read();
    SecretState state = state(files);
    Layout layout = Layout.of(resource);
    Signer.Available signer = Signer.Available.alone(ca.path());
    LeafFacts facts =
        facts(state, layout, signer, issuancePolicy, trust(trusted, state, now), seal);
    LeafDecision decision = LeafRules.decide(facts, now);
    if (decision instanceof LeafDecision.Issue issue) {
      return issue(ca.authority(), signer, now, files, state, layout, facts, issue.why());
    }
    X509Certificate inService = ((SecretState.Managed) state).certificate().orElseThrow();
    Optional<Finding> republished = republished(decision);
    if (republished.isPresent()) {
      KeyMaterial key = key(files).orElseThrow();
      write(
          material(key, inService, intermediates(files), facts.trust(), files, layout),
          layout,
          facts,
          ((SecretState.Managed) state).revision(),
          ((SecretState.Managed) state).renew());
      return new Done(republished, inService, folder.path());
    }
    Optional<Finding> stopped = decision.stopped();
    if (stopped.isPresent()) {
      // not a mistake of the files: earlier resources are written already
      throw new IOException(name() + ": " + stopped.get().message());
    }
    return new Done(Optional.empty(), inService, folder.path());
  }

  private static Optional<Finding> republished(LeafDecision decision) {
    if (decision instanceof LeafDecision.Republish republish) {
      return Optional.of(republish.why());
    }
    return decision instanceof LeafDecision.Retrust retrust
        ? Optional.of(retrust.why())
        : Optional.empty();
  }

  private Done issue(
      CertificateAuthority ca,
      Signer.Available signer,
      Instant now,
      SortedMap<String, byte[]> files,
      SecretState state,
      Layout layout,
      LeafFacts facts,
      Finding why)
      throws IOException {
    CertificateTemplate template = ((DesiredCertificate.Valid) facts.desired()).template();
    boolean trustworthy =
        state instanceof SecretState.Managed ours && ours.integrity() == Integrity.AS_REPORTED;
    Optional<KeyMaterial> kept =
        KeyRetention.kept(
            state,
            resource.getSpec().privateKey().rotationPolicy(),
            template.key(),
            () -> key(files),
            KeyMaterial::parameters);
    Issuance.Outcome outcome =
        Issuance.leaf(
            template,
            ca,
            signer,
            facts.issuancePolicy(),
            now,
            wanted -> kept.orElseGet(() -> KeyMaterial.generate(wanted)));
    if (outcome instanceof Issuance.Outcome.Refused refused) {
      throw new IOException(name() + ": " + refused.why().message());
    }
    Issuance.Outcome.Issued issued = (Issuance.Outcome.Issued) outcome;
    SortedMap<String, byte[]> trusted = trustworthy ? files : new TreeMap<>();
    int revision = state instanceof SecretState.Managed ours ? ours.revision() : 0;
    write(
        material(
            issued.key(),
            issued.certificate(),
            issued.intermediates(),
            facts.trust(),
            trusted,
            layout),
        layout,
        facts,
        revision + 1,
        facts.renew());
    return new Done(Optional.of(why), issued.certificate(), folder.path());
  }

  private LeafFacts facts(
      SecretState state,
      Layout layout,
      Signer.Available signer,
      IssuancePolicy issuancePolicy,
      Trust trust,
      Seal seal) {
    Map<String, String> annotations = resource.getMetadata().getAnnotations();
    return new LeafFacts(
        name(),
        DesiredCertificate.of(resource),
        signer,
        state,
        issuancePolicy,
        trust,
        layout.digest(
            seal,
            givenPassword.map(password -> Digests.of(password.reveal())),
            resource.namedAsTrusted()),
        Optional.empty(),
        annotations == null ? null : annotations.get(Api.RENEW_ANNOTATION),
        0,
        Optional.empty(),
        Optional.empty());
  }

  private SecretState state(SortedMap<String, byte[]> files) throws IOException {
    if (files.isEmpty()) {
      return new SecretState.Absent();
    }
    Properties notes = notes(files);
    boolean intact = digest(files).equals(notes.getProperty(DIGEST));
    byte[] root = files.getOrDefault(OfflineCA.CERTIFICATE, new byte[0]);
    return new SecretState.Managed(
        intact ? Integrity.AS_REPORTED : Integrity.TAMPERED,
        certificate(files),
        revision(notes),
        1,
        new String(root, StandardCharsets.UTF_8),
        notes.getProperty(ADDITIONAL, ""),
        Collections.emptySortedSet(),
        TrustSources.parse(notes.getProperty(SOURCES, "")),
        notes.getProperty(LAYOUT, ""),
        true,
        notes.getProperty(RENEW),
        Optional.empty());
  }

  // garbled notes are none: the files then count as tampered with
  private static Properties notes(SortedMap<String, byte[]> files) throws IOException {
    Properties notes = new Properties();
    try {
      notes.load(new ByteArrayInputStream(files.get(NOTES)));
    } catch (IllegalArgumentException e) {
      notes.clear();
    }
    return notes;
  }

  private static int revision(Properties notes) {
    String text = notes.getProperty(REVISION, "");
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  private Optional<X509Certificate> certificate(SortedMap<String, byte[]> files) {
    return certificates(files.get(fileName(Keys.TLS_CRT))).stream().findFirst();
  }

  private List<X509Certificate> intermediates(SortedMap<String, byte[]> files) {
    return certificates(files.get(fileName(Keys.TLS_CRT))).stream().skip(1).toList();
  }

  private static List<X509Certificate> certificates(byte @Nullable [] pem) {
    try {
      return pem == null
          ? List.of()
          : Pem.readCertificates(new String(pem, StandardCharsets.UTF_8));
    } catch (PkiException e) {
      return List.of();
    }
  }

  // of what is trusted beside a CA that is not among the files nothing is known: what came with it
  // stays
  private static Trust trust(List<TrustAssembly.Named> trusted, SecretState state, Instant now) {
    return TrustAssembly.of(
        trusted,
        Optional.empty(),
        state,
        TrustAssembly.Spec.OBSERVED,
        former -> CaGenerations.none(),
        AdditionalCertificates::digest,
        now);
  }

  private Optional<KeyMaterial> key(SortedMap<String, byte[]> files) {
    return Optional.ofNullable(files.get(fileName(Keys.TLS_KEY)))
        .map(pem -> KeyMaterial.fromPem(new String(pem, StandardCharsets.UTF_8)));
  }

  private LeafMaterial material(
      KeyMaterial key,
      X509Certificate certificate,
      List<X509Certificate> intermediates,
      Trust trust,
      SortedMap<String, byte[]> files,
      Layout layout) {
    return new LeafMaterial(
        key,
        certificate,
        intermediates,
        trust.certificates(),
        layout.keystores().map(stores -> password(files)));
  }

  private PasswordSource password(SortedMap<String, byte[]> files) {
    if (givenPassword.isPresent()) {
      return new PasswordSource.Given(givenPassword.get());
    }
    byte[] generated = files.get(fileName(Keys.KEYSTORE_PASSWORD));
    return new PasswordSource.Generated(
        generated == null
            ? Password.generate()
            : Password.of(new String(generated, StandardCharsets.UTF_8)));
  }

  private void write(
      LeafMaterial material, Layout layout, LeafFacts facts, int revision, @Nullable String renew)
      throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    LeafFiles.of(material, layout).forEach((name, content) -> files.put(fileName(name), content));
    Properties notes = new Properties();
    notes.setProperty(DIGEST, digest(files));
    notes.setProperty(REVISION, Integer.toString(revision));
    notes.setProperty(LAYOUT, facts.wantedLayout());
    if (!facts.trust().additional().isEmpty()) {
      notes.setProperty(ADDITIONAL, facts.trust().additional());
    }
    if (facts.trust().sources().isKnown()) {
      notes.setProperty(SOURCES, facts.trust().sources().text());
    }
    if (renew != null) {
      notes.setProperty(RENEW, renew);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    notes.store(out, null);
    files.put(NOTES, out.toByteArray());
    folder.replace(files, Set.of(fileName(Keys.TLS_CRT), OfflineCA.CERTIFICATE, NOTES));
  }

  private static String digest(SortedMap<String, byte[]> files) {
    SortedMap<String, byte[]> content = new TreeMap<>(files);
    content.remove(NOTES);
    return Digests.ofContent("files", new HashMap<>(SecretData.encode(content)));
  }

  /** The names that people know from {@code openssl}. */
  private String fileName(String key) {
    String stem = resource instanceof ClientCert ? "client" : "server";
    return switch (key) {
      case Keys.TLS_CRT -> stem + ".crt";
      case Keys.TLS_KEY -> stem + ".key";
      case Keys.CA_CRT -> OfflineCA.CERTIFICATE;
      case Keys.KEYSTORE -> stem + ".p12";
      case Keys.KEYSTORE_PASSWORD -> stem + ".password";
      case Keys.COMBINED_PEM -> stem + "-combined.pem";
      case Keys.KEY_DER -> stem + ".der";
      default -> key;
    };
  }

  String name() {
    return resource.getKind()
        + " "
        + resource.getMetadata().getNamespace()
        + "/"
        + resource.getMetadata().getName();
  }
}
