package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.LeafCert;
import dev.mtlsoperator.api.Policy;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.pki.KeyIdentifiers;
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

  private final RootCA ca;
  private final CAName name;
  private final Lineage lineage;
  private final Admission admission;
  private final Seal seal;
  private final GivenTrust given;
  private final Map<Integer, String> pems = new LinkedHashMap<>();
  private final Set<String> trusted = new LinkedHashSet<>();
  private final List<Copy> copies = new ArrayList<>();
  private final List<String> excused = new ArrayList<>();
  private Duration longestLeaf = Duration.ZERO;

  /**
   * @param additional what every copy holds beside the CA's own
   * @param admission who may refer to the CA
   * @param given what was written into leaves of other namespaces
   */
  CopyCount(
      RootCA ca,
      Lineage lineage,
      List<X509Certificate> additional,
      Admission admission,
      Seal seal,
      GivenTrust given) {
    this.ca = ca;
    name = new CAName(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    this.lineage = lineage;
    this.admission = admission;
    this.seal = seal;
    this.given = given;
    lineage.generations().forEach(g -> pems.put(g.number(), Pem.write(g.anchor())));
    lineage.bundle().forEach(anchor -> trusted.add(Pem.write(anchor)));
    additional.forEach(other -> trusted.add(Pem.write(other)));
  }

  /**
   * A leaf that refers to the CA, or has a certificate of it still, and what lies under its
   * Secret's name (null: nothing). One that was never let in counts for nothing: or everybody could
   * hold up a rotation.
   */
  void add(LeafCert<?> leaf, @Nullable Secret secret) {
    boolean admitted = admission.admits(ca, leaf.getMetadata().getNamespace());
    if (admitted && leaf.signingCA().equals(name)) {
      longer(leaf.getSpec().duration());
    }
    if (secret != null && LeafSecret.judge(leaf, secret, seal) instanceof Holding.Ours ours) {
      Optional<String> selfMade = isBeside(leaf) ? Optional.empty() : selfMade(leaf, secret, ours);
      if (selfMade.isEmpty()) {
        add(leaf, secret, ours, admitted);
      } else if (admitted) {
        excused.add(inWords(leaf) + " " + selfMade.get());
      }
    }
  }

  // what others do to their own copies is their own loss, and holds up nobody
  private Optional<String> selfMade(LeafCert<?> leaf, Secret secret, Holding.Ours ours) {
    if (admission.going().test(leaf.getMetadata().getNamespace())) {
      return Optional.of("goes: its namespace is being deleted");
    }
    if (Boolean.TRUE.equals(secret.getImmutable())) {
      return Optional.of("has a Secret that was made immutable and cannot be written");
    }
    if (ours.integrity() == Holding.Integrity.TAMPERED) {
      return Optional.of("has a Secret that was changed by somebody else");
    }
    return leaf.trustedCAs().contains(name) && isSetBack(leaf, ours)
        ? Optional.of("has a Secret that somebody else set back to an older content")
        : Optional.empty();
  }

  private boolean isSetBack(LeafCert<?> leaf, Holding.Ours ours) {
    return lineage.bundle().stream()
        .anyMatch(anchor -> given.has(leaf, anchor) && !ours.trust().contains(Pem.write(anchor)));
  }

  private void add(LeafCert<?> leaf, Secret secret, Holding.Ours ours, boolean admitted) {
    Optional<X509Certificate> certificate = ours.certificate();
    if (leaf.trustedCAs().contains(name) && (admitted || ours.wasGiven(name, lineage))) {
      copies.add(
          copy(
              inWords(leaf),
              leaf.trustedCAs().size() > 1 ? Beside.OTHER_CAS : Beside.NOTHING,
              ours.trust(),
              // who changes a copy of its own again and again waits alone
              SecretData.annotation(secret, Keys.TRUST_SINCE).filter(since -> isBeside(leaf)),
              certificate,
              ours.caGeneration()));
    } else {
      // it trusts others, and so lacks nothing of this one
      certificate
          .map(c -> provenBy(leaf, c, ours.caGeneration()))
          .filter(OptionalInt::isPresent)
          .ifPresent(
              by ->
                  copies.add(
                      new Copy(
                          inWords(leaf),
                          pems.keySet(),
                          Optional.empty(),
                          false,
                          by,
                          certificate.map(c -> c.getNotAfter().toInstant()))));
    }
  }

  private boolean isBeside(LeafCert<?> leaf) {
    return leaf.getMetadata().getNamespace().equals(name.namespace());
  }

  private String inWords(LeafCert<?> leaf) {
    return leaf.getKind()
        + " '"
        + (isBeside(leaf) ? "" : leaf.getMetadata().getNamespace() + "/")
        + leaf.getMetadata().getName()
        + "'";
  }

  /** What a copy holds beside this CA's bundle when all is well. */
  private enum Beside {
    NOTHING,
    OTHER_CAS
  }

  /** The trust ConfigMap. */
  void add(RootCA ca, Optional<ConfigMap> found, Bundle judged) {
    String map = "ConfigMap '" + TrustConfigMap.name(ca.getMetadata().getName()) + "'";
    if (judged == Bundle.FOREIGN) {
      excused.add(map + " is somebody else's and left alone");
    } else {
      Map<String, String> data = found.map(ConfigMap::getData).orElse(Map.of());
      copies.add(
          copy(
              map,
              Beside.NOTHING,
              data.getOrDefault(Keys.CA_CRT, ""),
              found
                  .map(live -> live.getMetadata().getAnnotations())
                  .map(all -> all.get(Keys.TRUST_SINCE)),
              Optional.empty(),
              0));
    }
  }

  /** The further copies. */
  void add(TrustObserver.Seen further) {
    copies.addAll(further.copies(name.namespace(), lineage));
    excused.addAll(further.excused());
  }

  /** Something that is not waited for, in words. */
  void leaveOut(String why) {
    excused.add(why);
  }

  Copies copies(Evidence evidence) {
    return new Copies(evidence, copies, excused, longestLeaf);
  }

  private Copy copy(
      String inWords,
      Beside beside,
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
    boolean surplus =
        switch (beside) {
          case NOTHING -> bundle.split(BEGIN, -1).length - 1 > wanted;
          case OTHER_CAS ->
              pems.values().stream()
                  .anyMatch(pem -> bundle.contains(pem) && !trusted.contains(pem));
        };
    return new Copy(
        inWords,
        holds,
        trustSince.flatMap(Timestamps::parse),
        surplus,
        certificate.map(c -> signedBy(c, noted)).orElse(OptionalInt.empty()),
        certificate.map(c -> c.getNotAfter().toInstant()));
  }

  // whoever imports a CA of his own may give it the name and the key identifier of another one
  private OptionalInt provenBy(LeafCert<?> leaf, X509Certificate certificate, int noted) {
    return lineage.issuer(certificate, noted).stream()
        .filter(g -> isBeside(leaf) || KeyIdentifiers.signed(certificate, g.certificate()))
        .mapToInt(CaGeneration::number)
        .findFirst();
  }

  private OptionalInt signedBy(X509Certificate leaf, int noted) {
    return lineage.issuer(leaf, noted).stream().mapToInt(CaGeneration::number).findFirst();
  }

  private void longer(String duration) {
    try {
      Duration asked = shorter(Durations.parse(duration));
      longestLeaf = asked.compareTo(longestLeaf) > 0 ? asked : longestLeaf;
    } catch (IllegalArgumentException e) {
      // its own reconciliation tells
    }
  }

  // what the policy does not allow is never issued
  private Duration shorter(Duration asked) {
    Policy policy = ca.getSpec().policy();
    String longest = policy == null ? null : policy.maxDuration();
    return longest != null && Durations.parse(longest).compareTo(asked) < 0
        ? Durations.parse(longest)
        : asked;
  }
}
