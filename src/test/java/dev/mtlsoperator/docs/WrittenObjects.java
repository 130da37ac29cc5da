package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CrlContents;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the operator writes for resources, without a cluster, and in the middle of a rotation: two
 * generations of the CA are trusted, and the second one signs.
 */
final class WrittenObjects implements GatewayLayout.Written {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);

  private final RootCA ca;
  private final List<CertificateAuthority> generations;
  private final TrustContent content;
  private final Map<String, HasMetadata> objects = new TreeMap<>();

  private WrittenObjects(RootCA ca) {
    CertificateTemplate template = CertificateTemplate.of(ca);
    this.ca = ca;
    this.generations = List.of(Issuance.rootCA(template, NOW), Issuance.rootCA(template, NOW));
    this.content =
        new TrustContent(new TreeMap<>(Map.of(1, roots().get(0), 2, roots().get(1))), List.of())
            .with(crls());
  }

  /** For one RootCA and its leaves, applied in a namespace. */
  static WrittenObjects of(Manifests resources, String namespace) {
    assertThat(resources.problems()).isEmpty();
    assertThat(resources.ignored()).isEmpty();
    assertThat(resources.rootCAs()).hasSize(1);
    RootCA ca = resources.rootCAs().get(0);
    apply(ca, namespace);
    WrittenObjects written = new WrittenObjects(ca);
    written.add(TrustConfigMap.of(ca, written.content, SEAL));
    TrustTargets.of(
            ca, written.content, Set.of(), Optional.empty(), TrustTargets.ClusterApi.MISSING)
        .targets()
        .forEach(target -> written.add(TrustCopy.create(ca, target, written.content, NOW, SEAL)));
    for (LeafCert<?> leaf : resources.leaves()) {
      apply(leaf, namespace);
      written.add(written.secret(leaf));
    }
    return written;
  }

  private static void apply(HasMetadata resource, String namespace) {
    assertThat(resource.getMetadata().getNamespace()).as("namespace in the file").isNull();
    resource.getMetadata().setNamespace(namespace);
    resource.getMetadata().setUid("uid-of-" + resource.getMetadata().getName());
  }

  @Override
  public List<X509Certificate> roots() {
    return generations.stream().map(CertificateAuthority::certificate).toList();
  }

  @Override
  public Optional<HasMetadata> find(String kind, String place) {
    return Optional.ofNullable(objects.get(kind + " " + place));
  }

  private void add(HasMetadata object) {
    String place = object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
    assertThat(objects.put(object.getKind() + " " + place, object)).as(place).isNull();
  }

  private Optional<String> crls() {
    if (ca.getSpec().revocation() == null) {
      return Optional.empty();
    }
    CrlContents empty =
        new CrlContents(BigInteger.ONE, NOW, NOW.plus(Duration.ofDays(30)), List.of());
    return Optional.of(
        Crl.pem(generations.stream().map(generation -> generation.sign(empty)).toList()));
  }

  private HasMetadata secret(LeafCert<?> leaf) {
    assertThat(leaf.signingCA())
        .isEqualTo(new CAName(ca.getMetadata().getNamespace(), ca.getMetadata().getName()));
    Layout layout = Layout.of(leaf);
    LeafSecret.Notes notes =
        new LeafSecret.Notes(
            1,
            generations.size(),
            "",
            "",
            Collections.emptySortedSet(),
            TrustSources.unknown(),
            null,
            Optional.empty(),
            "");
    return LeafSecret.of(
        leaf, LeafFiles.of(material(leaf, layout), layout), notes, null, NOW, SEAL);
  }

  private LeafMaterial material(LeafCert<?> leaf, Layout layout) {
    CertificateAuthority signing = generations.get(1);
    Issuance.Outcome outcome =
        Issuance.leaf(
            CertificateTemplate.of(leaf),
            signing,
            Signer.Available.alone(CaPath.root(signing.certificate())),
            IssuancePolicy.of(ca, leaf),
            NOW,
            KeyMaterial::generate);
    assertThat(outcome).isInstanceOf(Issuance.Outcome.Issued.class);
    Issuance.Outcome.Issued issued = (Issuance.Outcome.Issued) outcome;
    return new LeafMaterial(
        issued.key(),
        issued.certificate(),
        issued.intermediates(),
        roots(),
        layout
            .keystores()
            .map(stores -> new Layout.PasswordSource.Generated(Password.of("swordfish"))),
        layout.revocations() == Layout.Revocations.INCLUDED
            ? content.revocations()
            : Optional.empty());
  }
}
