package dev.mtlsoperator.rotation.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.simulation.ImportedCaFactory.Content;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Any sequence of imports at any time leads to no refused handshake. */
@Tag("once")
final class ImportProperties {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration STEP = Duration.ofHours(12);

  /** Roots with the same key and with several, intermediates with the same key and with several. */
  private static final List<Content> CONTENTS = contents();

  @Property(tries = 15)
  void shouldNeverFailAHandshake(
      @ForAll @Size(min = 1, max = 5) List<@IntRange(max = 6) Integer> contents,
      @ForAll @Size(5) List<@IntRange(min = 1, max = 60) Integer> days,
      @ForAll @IntRange(min = 1, max = 80) int overlapHours,
      @ForAll Reissue reissue) {
    ImportedCaFactory workshop = new ImportedCaFactory(CONTENTS.get(0));
    RotationSimulator world = world(workshop, overlapHours, reissue).run(Duration.ofDays(3));

    for (int i = 0; i < contents.size(); i++) {
      workshop.importing(CONTENTS.get(contents.get(i)));
      world.edit(UnaryOperator.identity());
      world.run(Duration.ofDays(days.get(i)));
    }
    world.run(Duration.ofDays(140));

    assertThat(world.failures()).isEmpty();
    assertThat(world.excused()).isZero();
    assertThat(world.handshakes()).isPositive();
    Content last = CONTENTS.get(contents.get(contents.size() - 1));
    assertThat(world.generations().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.path()).isEqualTo(last.path()));
  }

  @Example
  void shouldSeeAFailureWhereTheLastGenerationLeavesTooEarly() {
    ImportedCaFactory workshop = new ImportedCaFactory(CONTENTS.get(0));
    RotationSimulator world = world(workshop, 24, Reissue.OnRenewal);
    world.mutate(RotationSimulator.Mutation.RETIRE_AT_ONCE);
    world.run(Duration.ofDays(3));

    workshop.importing(CONTENTS.get(2));
    world.edit(UnaryOperator.identity());
    world.run(Duration.ofDays(30));

    assertThat(world.failures()).isNotEmpty();
  }

  private static RotationSimulator world(CaFactory workshop, int overlapHours, Reissue reissue) {
    return new RotationSimulator(
            RootCAFixture.aRootCA(
                it -> it.importedFrom("input").overlap(overlapHours + "h").reissue(reissue)),
            workshop,
            NOW,
            STEP,
            STEP)
        .leaf("long", "90d")
        .leaf("short", "2d")
        .operate();
  }

  private static List<Content> contents() {
    KeyMaterial key = key();
    CertificateAuthority first = root("one", key);
    CertificateAuthority again = root("one", key);
    CertificateAuthority other = root("two", key());
    KeyMaterial shared = key();
    return List.of(
        new Content(first, CaPath.root(first.certificate())),
        new Content(again, CaPath.root(again.certificate())),
        new Content(other, CaPath.root(other.certificate())),
        under(first, "issuing", shared),
        under(again, "issuing", shared),
        under(first, "issuing", key()),
        under(other, "issuing", key()));
  }

  private static Content under(CertificateAuthority root, String name, KeyMaterial key) {
    X509Certificate certificate =
        root.crossSign(root(name, key).certificate(), NameConstraintsExtension.none());
    return new Content(
        CertificateAuthority.of(certificate, key),
        new CaPath(certificate, List.of(), root.certificate()));
  }

  private static CertificateAuthority root(String name, KeyMaterial key) {
    return PlainCertificates.root(
        DistinguishedName.parse("CN=" + name), Validity.starting(NOW, Duration.ofDays(36500)), key);
  }

  private static KeyMaterial key() {
    return KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
  }
}
