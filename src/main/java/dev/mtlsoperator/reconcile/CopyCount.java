package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.rotation.CaFacts.Bundle;
import dev.mtlsoperator.rotation.CaGeneration;
import dev.mtlsoperator.rotation.Copies;
import dev.mtlsoperator.rotation.Copies.Copy;
import dev.mtlsoperator.rotation.Copies.Evidence;
import dev.mtlsoperator.rotation.Holding;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.LeafSecret;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts the copies of a CA's trust bundle, one after the other. */
final class CopyCount {
  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

  private final Lineage lineage;
  private final Seal seal;
  private final Map<Integer, String> pems = new LinkedHashMap<>();
  private final Set<String> trusted = new LinkedHashSet<>();
  private final List<Copy> copies = new ArrayList<>();
  private final List<String> excused = new ArrayList<>();
  private Duration longestLeaf = Duration.ZERO;

  CopyCount(Lineage lineage, Seal seal) {
    this.lineage = lineage;
    this.seal = seal;
    lineage.generations().forEach(g -> pems.put(g.number(), Pem.write(g.anchor())));
    lineage.bundle().forEach(anchor -> trusted.add(Pem.write(anchor)));
  }

  /** A leaf and what lies under its Secret's name (null: nothing). */
  void add(LeafCert<?> leaf, @Nullable Secret secret) {
    longer(leaf.getSpec().duration());
    if (secret != null && LeafSecret.judge(leaf, secret, seal) instanceof Holding.Ours ours) {
      copies.add(
          copy(
              leaf.getKind() + " '" + leaf.getMetadata().getName() + "'",
              ours.trust(),
              SecretData.annotation(secret, Keys.TRUST_SINCE),
              ours.certificate(),
              ours.caGeneration()));
    }
  }

  /** The trust ConfigMap. */
  void add(RootCA ca, Optional<ConfigMap> found, Bundle judged) {
    String name = "ConfigMap '" + TrustConfigMap.name(ca.getMetadata().getName()) + "'";
    if (judged == Bundle.FOREIGN) {
      excused.add(name + " is somebody else's and left alone");
    } else {
      Map<String, String> data = found.map(ConfigMap::getData).orElse(Map.of());
      copies.add(
          copy(
              name,
              data.getOrDefault(Keys.CA_CRT, ""),
              found
                  .map(map -> map.getMetadata().getAnnotations())
                  .map(all -> all.get(Keys.TRUST_SINCE)),
              Optional.empty(),
              0));
    }
  }

  Copies copies(Evidence evidence) {
    return new Copies(evidence, copies, excused, longestLeaf);
  }

  private Copy copy(
      String name,
      String bundle,
      Optional<String> trustSince,
      Optional<X509Certificate> certificate,
      int noted) {
    Set<Integer> holds = new LinkedHashSet<>();
    pems.forEach(
        (number, pem) -> {
          if (bundle.contains(pem)) {
            holds.add(number);
          }
        });
    long wanted = trusted.stream().filter(bundle::contains).count();
    return new Copy(
        name,
        holds,
        trustSince.flatMap(Timestamps::parse),
        bundle.split(BEGIN, -1).length - 1 > wanted,
        certificate.map(c -> signedBy(c, noted)).orElse(OptionalInt.empty()),
        certificate.map(c -> c.getNotAfter().toInstant()));
  }

  private OptionalInt signedBy(X509Certificate leaf, int noted) {
    return lineage.issuer(leaf, noted).stream().mapToInt(CaGeneration::number).findFirst();
  }

  private void longer(String duration) {
    try {
      Duration asked = Durations.parse(duration);
      longestLeaf = asked.compareTo(longestLeaf) > 0 ? asked : longestLeaf;
    } catch (IllegalArgumentException e) {
      // its own reconciliation tells
    }
  }
}
