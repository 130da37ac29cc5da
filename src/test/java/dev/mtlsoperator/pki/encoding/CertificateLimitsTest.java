package dev.mtlsoperator.pki.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.CpuTime;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;

/** What is just within the bounds is read, and costs little too. */
final class CertificateLimitsTest {
  @Test
  void shouldReadTheLongestLeafThatCanBeAskedFor() {
    // given: a hundred names of each kind, each of the longest
    String label = "x".repeat(61);
    List<Integer> hundred = IntStream.range(0, 100).boxed().toList();
    String host = "." + label + "." + label + "." + label;
    SubjectAltNames names =
        new SubjectAltNames(
            hundred.stream().map(i -> "n" + i + "-" + "x".repeat(50) + host).toList(),
            hundred.stream().map(i -> "2001:db8::" + (i + 1)).toList(),
            hundred.stream().map(i -> "https://" + i + ".example/" + "x".repeat(1000)).toList(),
            hundred.stream().map(i -> "m" + i + "@" + "x".repeat(50) + host).toList());
    KeyMaterial key = TestKeys.fresh();
    MalformedCertificate.Pair root = MalformedCertificate.root(it -> {});
    CertificateAuthority ca = CertificateAuthority.of(root.certificate(), root.key());

    // when
    var leaf =
        ca.issue(
            new CertificateRequest(
                Profile.SERVER,
                DistinguishedName.parse("CN=" + "x".repeat(64)),
                names,
                dev.mtlsoperator.pki.name.NameConstraintsExtension.none(),
                new Validity(MalformedCertificate.NOW, MalformedCertificate.END)),
            key.publicKey());

    // then
    assertThat(SubjectAltNames.of(leaf)).isEqualTo(names);
    String pem = Pem.write(leaf);
    CpuTime.assertLittle(() -> Pem.readFirst(pem));
  }

  @Test
  void shouldImportTheMostConstraintsAtLittleCost() {
    // given: each CA of the longest way with as many as are read
    MalformedCertificate.Pair above = MalformedCertificate.root(it -> {});
    StringBuilder pem = new StringBuilder(Pem.write(above.certificate()));
    for (int i = 0; i < 5; i++) {
      String name = "CN=ca " + i;
      above =
          MalformedCertificate.intermediate(
              above,
              it -> {
                it.subject = new org.bouncycastle.asn1.x500.X500Name(name);
                it.nameConstraints = constraints(CertificateLimits.MOST_SUBTREES / 2);
              });
      pem.insert(0, Pem.write(above.certificate()));
    }
    String key = above.key().revealPem(PrivateKeyFormat.PKCS8);

    // then
    CpuTime.assertLittle(
        () -> {
          CaPath path = ImportedCa.read(pem.toString(), Optional.empty(), key).path();
          assertThat(path.all()).hasSize(6);
        });
  }

  @Test
  void shouldRefuseOneMoreThanTheMost() {
    assertThat(MalformedCertificate.root(it -> it.nameConstraints = constraints(128)).certificate())
        .isNotNull();
    assertThatThrownBy(() -> MalformedCertificate.root(it -> it.nameConstraints = constraints(129)))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("258 name constraints: at most 256");
  }

  private static NameConstraints constraints(int each) {
    GeneralSubtree[] some =
        IntStream.range(0, each)
            .mapToObj(
                i -> new GeneralSubtree(new GeneralName(GeneralName.dNSName, "n" + i + ".example")))
            .toArray(GeneralSubtree[]::new);
    return new NameConstraints(some, some);
  }
}
