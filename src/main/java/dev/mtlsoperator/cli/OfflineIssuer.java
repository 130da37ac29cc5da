package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.TrustAssembly;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.Layout;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Issues what manifests ask for into files. First everything is checked, then everything is
 * written.
 */
final class OfflineIssuer {
  private static final String DEFAULT_NAMESPACE = "default";
  private static final int SEAL_BYTES = 32;

  private final Manifests manifests;
  private final OfflineInputs inputs;
  private final Path output;
  private final Instant now;
  private final List<String> mistakes = new ArrayList<>();

  OfflineIssuer(Manifests manifests, Path output, Instant now) {
    this.manifests = manifests;
    this.inputs = new OfflineInputs(manifests);
    this.output = output;
    this.now = now;
    manifests.rootCAs().forEach(OfflineIssuer::inDefaultNamespace);
    manifests.leaves().forEach(OfflineIssuer::inDefaultNamespace);
    manifests.secrets().forEach(OfflineIssuer::inDefaultNamespace);
    manifests.configMaps().forEach(OfflineIssuer::inDefaultNamespace);
  }

  /**
   * One line of the result.
   *
   * @param what was done, such as {@code issued}
   */
  record Line(String resource, String what, Path path, X509Certificate certificate) {}

  /**
   * Does it.
   *
   * @throws UserError with all that must be put right; nothing was written then
   */
  List<Line> run() throws IOException {
    refuseDuplicates();
    manifests.rootCAs().forEach(ca -> refuseInvalid(ca, inputs.desired(ca)));
    manifests.rootCAs().forEach(this::refuseUnknownTrust);
    manifests.leaves().forEach(leaf -> refuseInvalid(leaf, DesiredCertificate.of(leaf)));
    stopAtMistakes();
    if (!Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      // a mistake shall leave nothing behind, not even the lock's file
      plan();
    }
    try (OutputLock lock = OutputLock.take(output)) {
      Objects.requireNonNull(lock);
      return write(plan());
    }
  }

  /** What there is to do: the CAs that exist (empty: to be made), and the leaves. */
  private record Plan(Map<String, Optional<SigningCA>> cas, List<OfflineLeaf> leaves) {}

  private Plan plan() throws IOException {
    Map<String, Optional<SigningCA>> cas = new HashMap<>();
    for (RootCA ca : manifests.rootCAs()) {
      existing(ca).ifPresent(found -> cas.put(key(ca), found));
    }
    List<OfflineLeaf> leaves = new ArrayList<>();
    for (LeafCert<?> leaf : manifests.leaves()) {
      OfflineLeaf offline = new OfflineLeaf(leaf, output, password(leaf));
      collecting(offline::check);
      for (CAName ca : leaf.referredCAs()) {
        Optional<String> absent = absent(leaf, ca, cas);
        absent.ifPresent(message -> mistake(leaf, message));
      }
      Optional<SigningCA> signing = cas.getOrDefault(leaf.signingCA().toString(), Optional.empty());
      refuseTheCAsOwnName(leaf, signing);
      refuseWhatConstraintsForbid(leaf, signing);
      leaves.add(offline);
    }
    stopAtMistakes();
    return new Plan(cas, leaves);
  }

  /** Why a CA cannot be referred to; empty: it can, and then it is among the known ones. */
  private Optional<String> absent(
      LeafCert<?> leaf, CAName ca, Map<String, Optional<SigningCA>> known) throws IOException {
    String namespace = leaf.getMetadata().getNamespace();
    if (ca.namespace().equals(namespace)) {
      if (!known.containsKey(ca.toString())) {
        earlier(ca).ifPresent(found -> known.put(ca.toString(), Optional.of(found)));
      }
      return known.containsKey(ca.toString())
          ? Optional.empty()
          : Optional.of(
              "there is no RootCA '"
                  + ca.name()
                  + "' in its namespace: add it to the files, or correct "
                  + (ca.equals(leaf.signingCA()) ? "spec.rootCARef.name" : "spec.trustedCARefs"));
    }
    // of a namespace that is only a word in a file nothing is known but its name
    Map<String, String> labels = Map.of("kubernetes.io/metadata.name", namespace);
    boolean admitted =
        known.containsKey(ca.toString())
            && resource(ca)
                .filter(found -> found.getSpec().policy() != null)
                .filter(
                    found ->
                        found
                            .getSpec()
                            .allowedNamespaces()
                            .include(ca.namespace(), namespace, Optional.of(labels)))
                .isPresent();
    return admitted
        ? Optional.empty()
        : Optional.of(
            "there is no RootCA '"
                + ca
                + "' that resources of namespace '"
                + namespace
                + "' may refer to: add it to the files, with spec.allowedNamespaces that let this namespace in (of its labels only kubernetes.io/metadata.name is known here), or correct the reference");
  }

  private Optional<RootCA> resource(CAName name) {
    return manifests.rootCAs().stream().filter(ca -> key(ca).equals(name.toString())).findFirst();
  }

  private List<Line> write(Plan plan) throws IOException {
    Seal seal = seal();
    List<Line> lines = new ArrayList<>();
    Map<String, SigningCA> ready = new HashMap<>();
    plan.cas().forEach((key, ca) -> ca.ifPresent(found -> ready.put(key, found)));
    for (RootCA ca : manifests.rootCAs()) {
      AtomicDirectory folder = folder(ca);
      String what;
      if (ca.getSpec().importFrom() != null) {
        CaPath path = Objects.requireNonNull(ready.get(key(ca))).path();
        boolean news = OfflineCA.publish(folder, path, OfflineInputs.importSecret(ca));
        what = news ? "imported" : "kept";
      } else if (ready.containsKey(key(ca))) {
        what = "kept";
      } else {
        ready.put(key(ca), OfflineCA.create(folder, ca, now));
        what = "created";
      }
      lines.add(
          new Line(
              "RootCA " + key(ca),
              what,
              folder.path(),
              Objects.requireNonNull(ready.get(key(ca))).path().certificate()));
    }
    for (int i = 0; i < plan.leaves().size(); i++) {
      LeafCert<?> resource = manifests.leaves().get(i);
      OfflineLeaf.Done done =
          plan.leaves()
              .get(i)
              .issue(
                  Objects.requireNonNull(ready.get(resource.signingCA().toString())),
                  resource(resource.signingCA())
                      .map(ca -> IssuancePolicy.of(ca, resource.getMetadata().getNamespace()))
                      .orElseGet(IssuancePolicy::none),
                  trusted(resource, ready),
                  seal,
                  now);
      String what = done.why().map(why -> "issued (" + why.reason() + ")").orElse("kept");
      lines.add(new Line(plan.leaves().get(i).name(), what, done.path(), done.certificate()));
    }
    return lines;
  }

  private List<TrustAssembly.Named> trusted(LeafCert<?> leaf, Map<String, SigningCA> ready) {
    List<TrustAssembly.Named> named = new ArrayList<>();
    for (CAName name : leaf.trustedCAs()) {
      CaPath path = Objects.requireNonNull(ready.get(name.toString())).path();
      CaGenerations alone = new CaGenerations(List.of(CaGeneration.alone(path)));
      named.add(
          new TrustAssembly.Named(
              name,
              alone,
              TrustAssembly.Access.GRANTED,
              resource(name)
                  .map(
                      found ->
                          inputs.additional(found, now).entries().beside(alone).certificates())));
    }
    return named;
  }

  private void refuseTheCAsOwnName(LeafCert<?> leaf, Optional<SigningCA> existing) {
    DistinguishedName own =
        ((DesiredCertificate.Valid) DesiredCertificate.of(leaf)).template().subject();
    boolean taken =
        existing
            .map(ca -> ca.path().all().stream().anyMatch(own::isThatOf))
            .or(() -> resource(leaf.signingCA()).flatMap(this::subjectToBe).map(own::equals))
            .orElse(false);
    if (taken) {
      mistake(leaf, "the subject '" + own + "' is the CA's own: give this certificate another one");
    }
  }

  // before anything is made: of a CA that is there by its certificates, else by its spec
  private void refuseWhatConstraintsForbid(LeafCert<?> leaf, Optional<SigningCA> existing) {
    CertificateTemplate template =
        ((DesiredCertificate.Valid) DesiredCertificate.of(leaf)).template();
    existing
        .map(ca -> Issuance.notAllowed(template, ca.path()))
        .orElseGet(
            () ->
                resource(leaf.signingCA())
                    .flatMap(
                        ca ->
                            inputs.desired(ca) instanceof DesiredCertificate.Valid valid
                                ? Issuance.notAllowed(template, valid.template().constraints())
                                : Optional.empty()))
        .ifPresent(why -> mistake(leaf, why.message()));
  }

  private Optional<DistinguishedName> subjectToBe(RootCA ca) {
    return inputs.desired(ca) instanceof DesiredCertificate.Valid valid
        ? Optional.of(valid.template().subject())
        : Optional.empty();
  }

  /** Present: known, be it made already or not. */
  private Optional<Optional<SigningCA>> existing(RootCA ca) throws IOException {
    try {
      DesiredCertificate desired = inputs.desired(ca);
      if (desired instanceof DesiredCertificate.Import wanted) {
        return Optional.of(Optional.of(imported(ca, wanted)));
      }
      // others were refused before
      return Optional.of(made(ca, (DesiredCertificate.Valid) desired));
    } catch (UserError e) {
      mistakes.addAll(e.messages());
      return Optional.empty();
    }
  }

  private SigningCA imported(RootCA ca, DesiredCertificate.Import wanted) throws IOException {
    wanted.refusal(CaGenerations.none(), now).ifPresent(why -> mistake(ca, why.message()));
    OfflineCA.checkImport(folder(ca), wanted.path());
    return SigningCA.of(inputs.imported(ca));
  }

  private Optional<SigningCA> made(RootCA ca, DesiredCertificate.Valid wanted) throws IOException {
    Optional<SigningCA> found = OfflineCA.read(folder(ca), now);
    found
        .flatMap(
            made -> wanted.template().differenceFrom(made.path().certificate(), Optional.empty()))
        .ifPresent(
            difference ->
                mistake(
                    ca,
                    difference
                        + "; a CA in service is not changed by an edit: take the edit back, or give the RootCA another name"));
    return found;
  }

  private AtomicDirectory folder(RootCA ca) {
    return OfflineCA.folder(output, ca.getMetadata().getNamespace(), ca.getMetadata().getName());
  }

  private Optional<SigningCA> earlier(CAName ca) throws IOException {
    try {
      return OfflineCA.read(OfflineCA.folder(output, ca.namespace(), ca.name()), now);
    } catch (UserError e) {
      mistakes.addAll(e.messages());
      return Optional.empty();
    }
  }

  private Optional<Password> password(LeafCert<?> leaf) {
    PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
    if (ref == null || Layout.of(leaf).keystores().isEmpty()) {
      return Optional.empty();
    }
    Optional<String> text =
        inputs
            .secret(leaf.getMetadata().getNamespace(), ref.name())
            .flatMap(secret -> SecretData.text(secret, ref.key()));
    if (text.isEmpty()) {
      mistake(
          leaf,
          "the keystore password cannot be read: "
              + InputConsent.needed("Secret", ref.name(), ref.key())
              + " in the files, in the same namespace");
      return Optional.empty();
    }
    try {
      return Optional.of(Password.of(text.get()));
    } catch (PkiException e) {
      mistake(leaf, "Secret '" + ref.name() + "', key '" + ref.key() + "': " + e.getMessage());
      return Optional.empty();
    }
  }

  // what digests with a password among them are keyed by, as in the cluster
  private Seal seal() throws IOException {
    AtomicDirectory folder = new AtomicDirectory(output, ".mtls-operator");
    SortedMap<String, byte[]> files = folder.read();
    byte[] key = files.get("seal");
    if (key == null || key.length < SEAL_BYTES) {
      key = new byte[SEAL_BYTES];
      new SecureRandom().nextBytes(key);
      folder.replace(Map.of("seal", key), Set.of());
    }
    return new Seal(key);
  }

  private void refuseDuplicates() {
    Map<String, HasMetadata> names = new HashMap<>();
    manifests.rootCAs().forEach(ca -> refuseSecond(names, ca));
    manifests.secrets().forEach(secret -> refuseSecond(names, secret));
    manifests.configMaps().forEach(map -> refuseSecond(names, map));
    Map<String, LeafCert<?>> secrets = new HashMap<>();
    for (LeafCert<?> leaf : manifests.leaves()) {
      if (!refuseSecond(names, leaf)) {
        refuseSharing(secrets, leaf);
      }
    }
  }

  private boolean refuseSecond(Map<String, HasMetadata> names, HasMetadata resource) {
    HasMetadata first = names.putIfAbsent(resource.getKind() + " " + key(resource), resource);
    if (first != null) {
      mistake(resource, "is there twice, first in " + manifests.place(first));
    }
    return first != null;
  }

  private void refuseSharing(Map<String, LeafCert<?>> secrets, LeafCert<?> leaf) {
    LeafCert<?> first =
        secrets.putIfAbsent(
            leaf.getMetadata().getNamespace() + "/" + leaf.effectiveSecretName(), leaf);
    if (first != null) {
      mistake(
          leaf,
          "the Secret '"
              + leaf.effectiveSecretName()
              + "' belongs to another resource of the namespace, "
              + first.getKind()
              + " '"
              + first.getMetadata().getName()
              + "' in "
              + manifests.place(first)
              + ": give this one another name or spec.secretName");
    }
  }

  private void refuseInvalid(HasMetadata resource, DesiredCertificate desired) {
    if (desired instanceof DesiredCertificate.Invalid invalid) {
      mistake(resource, invalid.finding().message());
    } else if (desired instanceof DesiredCertificate.Unusable unusable) {
      mistake(resource, inTheFiles(unusable.finding()));
    }
  }

  private void refuseUnknownTrust(RootCA ca) {
    inputs.additional(ca, now).problem().ifPresent(why -> mistake(ca, inTheFiles(why)));
  }

  private static String inTheFiles(Finding why) {
    return why.reason() == Reason.InputNotAvailable
        ? why.message() + ": add it to the files"
        : why.message();
  }

  private void mistake(HasMetadata resource, String message) {
    mistakes.add(
        manifests.place(resource)
            + ", "
            + resource.getKind()
            + " "
            + key(resource)
            + ": "
            + message);
  }

  private interface Checking {
    void check() throws IOException;
  }

  private void collecting(Checking checking) throws IOException {
    try {
      checking.check();
    } catch (UserError e) {
      mistakes.addAll(e.messages());
    }
  }

  private void stopAtMistakes() {
    if (!mistakes.isEmpty()) {
      throw new UserError(mistakes);
    }
  }

  private static void inDefaultNamespace(HasMetadata resource) {
    String namespace = resource.getMetadata().getNamespace();
    if (namespace == null || namespace.isEmpty()) {
      resource.getMetadata().setNamespace(DEFAULT_NAMESPACE);
    }
  }

  private static String key(HasMetadata resource) {
    return resource.getMetadata().getNamespace() + "/" + resource.getMetadata().getName();
  }
}
