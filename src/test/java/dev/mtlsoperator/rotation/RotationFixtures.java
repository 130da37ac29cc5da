package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.CAPrivateKey;
import dev.mtlsoperator.api.ca.DeletionPolicy;
import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.leaf.Keystores;
import dev.mtlsoperator.api.leaf.PrivateKey;
import dev.mtlsoperator.api.leaf.RootCARef;
import dev.mtlsoperator.api.leaf.SecretTemplate;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.leaf.ServerCertSpec;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Resources for tests. */
public final class RotationFixtures {
  private RotationFixtures() {}

  public static RootCA aRootCA(String commonName, String duration) {
    RootCA ca = new RootCA();
    ca.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("shop")
            .withName("root")
            .withUid("uid-of-root")
            .withGeneration(1L)
            .build());
    ca.setSpec(
        new RootCASpec(
            commonName,
            null,
            null,
            duration,
            null,
            new CAPrivateKey(KeyAlgorithm.ECDSA, null),
            null,
            null,
            Namespaces.same(),
            null,
            List.of(),
            List.of(),
            Rotation.defaults(),
            DeletionPolicy.Retain));
    return ca;
  }

  public static ServerCert aServerCert(
      String name, String duration, @Nullable String renewBefore, String... dnsNames) {
    ServerCert cert = new ServerCert();
    cert.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("shop")
            .withName(name)
            .withUid("uid-of-" + name)
            .withGeneration(1L)
            .build());
    cert.setSpec(
        new ServerCertSpec(
            RootCARef.named("root"),
            List.of(),
            null,
            null,
            null,
            null,
            List.of(dnsNames),
            List.of(),
            duration,
            renewBefore,
            PrivateKey.defaults(),
            Keystores.defaults(),
            List.of(),
            SecretTemplate.none(),
            List.of()));
    return cert;
  }

  /** What a RootCA asks for that is made here. */
  public static DesiredCertificate desired(RootCA ca) {
    return DesiredCertificate.of(
        ca,
        () -> {
          throw new AssertionError("imports a CA");
        });
  }

  /** A CA that somebody else makes. */
  public static RootCA importing(String secretName, String overlap, Rotation.Reissue reissue) {
    RootCA ca = aRootCA("unused", "3650d");
    RootCASpec before = ca.getSpec();
    ca.setSpec(
        new RootCASpec(
            null,
            null,
            null,
            before.duration(),
            null,
            before.privateKey(),
            new ImportSource(secretName),
            null,
            before.allowedNamespaces(),
            null,
            List.of(),
            List.of(),
            new Rotation(overlap, reissue, Rotation.Advance.Automatic, false),
            before.deletionPolicy()));
    return ca;
  }

  /** The same CA with other values of what bears upon its rotation. */
  public static RootCA edited(
      RootCA ca,
      @Nullable String commonName,
      String duration,
      @Nullable String renewBefore,
      CAPrivateKey key,
      Rotation rotation) {
    RootCASpec before = ca.getSpec();
    ca.setSpec(
        new RootCASpec(
            commonName,
            before.subject(),
            before.literalSubject(),
            duration,
            renewBefore,
            key,
            before.importFrom(),
            before.nameConstraints(),
            before.allowedNamespaces(),
            before.policy(),
            before.trustBundles(),
            before.additionalTrust(),
            rotation,
            before.deletionPolicy()));
    return ca;
  }
}
