package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.leaf.GivenPassword;
import dev.mtlsoperator.secret.leaf.Layout;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Issues the certificates that manifests ask for, into files. A run first plans everything in
 * memory, certificates included, and reports all mistakes; only a plan without mistakes is written.
 */
final class OfflineIssuer {
  private static final String DEFAULT_NAMESPACE = "default";

  private final Manifests manifests;
  private final OfflineInputs inputs;
  private final Path output;
  private final Instant now;

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

  /** All that a run writes. */
  private record Plan(
      OfflineSeal seal, List<PlannedCA> cas, OfflineCrls crls, List<PlannedLeaf> leaves) {
    List<IssuedLine> write(Path output) throws IOException {
      seal.write();
      List<IssuedLine> lines = new ArrayList<>();
      // before a revoked leaf loses its files: a run that is cut off in between revokes it still
      for (PlannedCA ca : cas) {
        lines.add(ca.write(output, crls.of(ca.resource())));
      }
      for (PlannedLeaf leaf : leaves) {
        lines.add(leaf.write());
      }
      return lines;
    }
  }

  /**
   * Issues.
   *
   * @throws UserError with all that the user must correct; nothing was written then
   * @throws IOException when a file cannot be read or written
   */
  List<IssuedLine> run() throws IOException {
    refuseInvalid();
    if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      return OutputLock.holding(output, () -> plan().write(output));
    }
    // planned without the lock: a mistake leaves nothing behind, not even the lock's file
    Plan plan = plan();
    return OutputLock.holding(
        output,
        // another run may have been faster
        () -> (isEmpty() ? plan : plan()).write(output));
  }

  private void refuseInvalid() {
    Mistakes mistakes = new Mistakes(manifests);
    DuplicateResources.refuse(manifests, mistakes);
    for (RootCA ca : manifests.rootCAs()) {
      refuseInvalid(mistakes, ca, inputs.desired(ca, now));
    }
    for (RootCA ca : manifests.rootCAs()) {
      inputs.additional(ca, now).missing().ifPresent(why -> mistakes.add(ca, withRemedy(why)));
    }
    for (LeafCert<?> leaf : manifests.leaves()) {
      refuseInvalid(mistakes, leaf, DesiredCertificate.of(leaf));
    }
    mistakes.throwIfAny();
  }

  /**
   * What is not used of the inputs, and what was chosen where there was a choice; one line for
   * each.
   */
  List<String> remarks() {
    List<String> all = new ArrayList<>();
    for (RootCA ca : manifests.rootCAs()) {
      inputs
          .additional(ca, now)
          .leftOut()
          .forEach(what -> all.add("warning: " + describe(ca) + ": " + what));
      if (inputs.desired(ca, now) instanceof DesiredCertificate.Import wanted) {
        wanted.offer().notes().forEach(what -> all.add("note: " + describe(ca) + ": " + what));
      }
    }
    return all;
  }

  private static void refuseInvalid(
      Mistakes mistakes, HasMetadata resource, DesiredCertificate desired) {
    if (desired instanceof DesiredCertificate.Invalid invalid) {
      mistakes.add(resource, invalid.finding().message());
    } else if (desired instanceof DesiredCertificate.Unusable unusable) {
      mistakes.add(resource, withRemedy(unusable.finding()));
    }
  }

  private Plan plan() throws IOException {
    Mistakes mistakes = new Mistakes(manifests);
    OfflineCAs cas = new OfflineCAs(inputs, output, now, mistakes);
    List<PlannedCA> plannedCAs = cas.plan(manifests.rootCAs());
    OfflineSeal seal = OfflineSeal.read(output);
    OfflineCrls crls = new OfflineCrls(inputs, manifests.rootCAs(), output, now, mistakes);
    IdentityHashMap<LeafCert<?>, PlannedLeaf> plannedLeaves = new IdentityHashMap<>();
    for (LeafCert<?> leaf : manifests.leaves()) {
      Revoked spec = leaf.getSpec().revoked();
      if (spec != null) {
        mistakes.collect(() -> plannedLeaves.put(leaf, crls.revoke(leaf, spec, cas)));
      }
    }
    crls.plan(plannedCAs);
    for (LeafCert<?> leaf : manifests.leaves()) {
      if (leaf.getSpec().revoked() == null) {
        mistakes.collect(
            () ->
                plan(leaf, cas, seal, crls, mistakes)
                    .ifPresent(planned -> plannedLeaves.put(leaf, planned)));
      }
    }
    mistakes.throwIfAny();
    return new Plan(
        seal,
        plannedCAs,
        crls,
        manifests.leaves().stream()
            .flatMap(leaf -> Stream.ofNullable(plannedLeaves.get(leaf)))
            .toList());
  }

  /** Plans a leaf; empty if it, or a CA that it refers to, has mistakes. */
  private Optional<PlannedLeaf> plan(
      LeafCert<?> leaf, OfflineCAs cas, OfflineSeal seal, OfflineCrls crls, Mistakes mistakes)
      throws IOException {
    int before = mistakes.count();
    LeafFolder folder = new LeafFolder(leaf, output);
    mistakes.collect(folder::requireOwn);
    refuseAnnotation(leaf, mistakes);
    Optional<Password> password = password(leaf, mistakes);
    cas.refuseAbsent(leaf);
    if (mistakes.count() > before || !cas.areUsable(leaf) || !crls.areUsable(leaf)) {
      return Optional.empty();
    }
    OfflineLeaf offline = new OfflineLeaf(leaf, folder, password, seal.seal(), now);
    OfflineLeaf.Outcome outcome = offline.plan(cas, crls);
    if (outcome instanceof OfflineLeaf.Outcome.Refused refused) {
      mistakes.add(leaf, refused.why().message());
      return Optional.empty();
    }
    return Optional.of(((OfflineLeaf.Outcome.Planned) outcome).leaf());
  }

  // it is carried out once, which only the status of a resource can tell
  private static void refuseAnnotation(LeafCert<?> leaf, Mistakes mistakes) {
    Map<String, String> annotations = leaf.getMetadata().getAnnotations();
    if (annotations != null && annotations.containsKey(Api.REVOKE_ANNOTATION)) {
      mistakes.add(
          leaf,
          "the annotation "
              + Api.REVOKE_ANNOTATION
              + " revokes nothing without a cluster: name the serial number (openssl x509 -noout -serial) in spec.revocation.serialNumbers of its RootCA, or give the resource spec.revoked; then remove the annotation");
    }
  }

  private Optional<Password> password(LeafCert<?> leaf, Mistakes mistakes) {
    PasswordSecretRef ref = leaf.getSpec().keystores().pkcs12().passwordSecretRef();
    if (ref == null || Layout.of(leaf).keystores().isEmpty()) {
      return Optional.empty();
    }
    GivenPassword given =
        GivenPassword.read(inputs.secret(leaf.getMetadata().getNamespace(), ref.name()), ref);
    if (given instanceof GivenPassword.Refused refused) {
      mistakes.add(leaf, withRemedy(refused.why()));
      return Optional.empty();
    }
    return Optional.of(((GivenPassword.Found) given).password());
  }

  private static String withRemedy(Finding why) {
    return why.reason() == Reason.InputNotAvailable
        ? why.message() + ": add it to the files"
        : why.message();
  }

  // except for the lock
  private boolean isEmpty() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(output)) {
      for (Path file : files) {
        if (!file.getFileName().toString().equals(OutputLock.FILE)) {
          return false;
        }
      }
      return true;
    }
  }

  private static void inDefaultNamespace(HasMetadata resource) {
    String namespace = resource.getMetadata().getNamespace();
    if (namespace == null || namespace.isEmpty()) {
      resource.getMetadata().setNamespace(DEFAULT_NAMESPACE);
    }
  }

  /** Kind, namespace and name, such as {@code ServerCert shop/web}. */
  static String describe(HasMetadata resource) {
    return resource.getKind()
        + " "
        + resource.getMetadata().getNamespace()
        + "/"
        + resource.getMetadata().getName();
  }
}
