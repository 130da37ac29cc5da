package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.Policy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts the copies of a CA's trust bundle, one after the other. */
public final class DistributionTracker {
  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String HOLDS_DISTRUSTED = "still holds a distrusted generation";

  /** Looks at the API server in one count; the count that is acted upon sees all Secrets anyway. */
  private static final int MOST_LOOKS = 100;

  private final RootCA ca;
  private final CAName name;
  private final CaGenerations generations;
  private final Admission admission;
  private final Seal seal;
  private final WrittenTrust given;
  private final LeafExemptions excuses;
  private final Map<Integer, Anchor> anchors = new LinkedHashMap<>();
  private final Set<Anchor> trusted = new LinkedHashSet<>();
  private final List<Copy> copies = new ArrayList<>();
  private final List<String> excused = new ArrayList<>();
  private final List<String> excusedNotRid = new ArrayList<>();
  private final List<String> notRid = new ArrayList<>();
  private final Set<Fingerprint> banned;
  private Duration longestLeaf = Duration.ZERO;
  private int looks;

  /**
   * @param additional what every copy holds beside the CA's own
   * @param admission who may refer to the CA
   * @param given what was written into leaves of other namespaces
   * @param attempts what came of writing leaves
   */
  public DistributionTracker(
      RootCA ca,
      CaGenerations generations,
      List<X509Certificate> additional,
      Admission admission,
      Seal seal,
      WrittenTrust given,
      LeafAttempts attempts,
      Instant now) {
    this.ca = ca;
    name = new CAName(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    this.generations = generations;
    this.admission = admission;
    this.seal = seal;
    this.given = given;
    banned = generations.banned();
    excuses = new LeafExemptions(name, generations, attempts, now);
    generations.generations().forEach(g -> anchors.put(g.number(), Anchor.of(g.anchor())));
    generations.bundle().forEach(anchor -> trusted.add(Anchor.of(anchor)));
    additional.forEach(other -> trusted.add(Anchor.of(other)));
  }

  /** A certificate to trust, as each form of trust has it. */
  private record Anchor(String pem, Fingerprint fingerprint) {
    static Anchor of(X509Certificate certificate) {
      return new Anchor(Pem.write(certificate), Fingerprint.of(certificate));
    }
  }

  /**
   * The forms of trust in one copy.
   *
   * @param bundle in PEM
   * @param truststore what a truststore holds; empty: the same as the bundle, or there is none
   */
  private record Forms(String bundle, Optional<Set<Fingerprint>> truststore) {
    static Forms of(SecretState.Managed ours) {
      return new Forms(ours.trust(), ours.truststore());
    }

    boolean eachHolds(Anchor anchor) {
      return bundle.contains(anchor.pem())
          && truststore.map(held -> held.contains(anchor.fingerprint())).orElse(true);
    }

    boolean someHolds(Anchor anchor) {
      return bundle.contains(anchor.pem())
          || truststore.filter(held -> held.contains(anchor.fingerprint())).isPresent();
    }
  }

  /**
   * The same, when what lies under the Secret's name is known from a copy.
   *
   * @param live looks at the API server, where the copy does not show whom the leaf trusts
   */
  public void add(
      LeafCert<?> leaf, @Nullable Secret copy, Function<LeafCert<?>, @Nullable Secret> live) {
    boolean hidden =
        copy != null
            && RedactedSecret.hidesCertificates(copy)
            && LeafSecret.judge(leaf, copy, seal) instanceof SecretState.Managed;
    if (hidden && looks < MOST_LOOKS) {
      looks++;
      add(leaf, live.apply(leaf));
    } else {
      add(leaf, copy);
    }
  }

  /**
   * A leaf that refers to the CA, or has a certificate of it still, and what lies under its
   * Secret's name (null: nothing). One that was never let in counts for nothing: or everybody could
   * hold up a rotation.
   */
  public void add(LeafCert<?> leaf, @Nullable Secret secret) {
    boolean admitted = admission.admits(ca, leaf.getMetadata().getNamespace());
    if (admitted && leaf.signingCA().equals(name)) {
      longer(leaf.getSpec().duration());
    }
    if (secret != null
        && LeafSecret.judge(leaf, secret, seal) instanceof SecretState.Managed ours) {
      Optional<String> selfMade = isBeside(leaf) ? Optional.empty() : selfMade(leaf, secret, ours);
      if (selfMade.isEmpty()) {
        add(leaf, secret, ours, admitted);
      } else if (admitted && holdsDistrusted(Forms.of(ours))) {
        excusedNotRid.add(inWords(leaf) + " " + selfMade.get() + ", and " + HOLDS_DISTRUSTED);
      } else if (admitted) {
        excused.add(inWords(leaf) + " " + selfMade.get());
      }
    }
  }

  private boolean holdsDistrusted(Forms forms) {
    return !banned.isEmpty()
        && (!Collections.disjoint(Pem.fingerprints(forms.bundle()), banned)
            || forms.truststore().filter(held -> !Collections.disjoint(held, banned)).isPresent());
  }

  // what others do to their own copies is their own loss, and holds up nobody
  private Optional<String> selfMade(LeafCert<?> leaf, Secret secret, SecretState.Managed ours) {
    if (admission.going().test(leaf.getMetadata().getNamespace())) {
      return Optional.of("goes: its namespace is being deleted");
    }
    if (Boolean.TRUE.equals(secret.getImmutable())) {
      return Optional.of("has a Secret that was made immutable and cannot be written");
    }
    if (ours.integrity() == SecretState.Integrity.TAMPERED) {
      return Optional.of("has a Secret that was changed by somebody else");
    }
    return leaf.trustedCAs().contains(name) && isSetBack(leaf, ours)
        ? Optional.of("has a Secret that somebody else set back to an older content")
        : Optional.empty();
  }

  private boolean isSetBack(LeafCert<?> leaf, SecretState.Managed ours) {
    return generations.bundle().stream()
        .anyMatch(anchor -> given.has(leaf, anchor) && !ours.trust().contains(Pem.write(anchor)));
  }

  private void add(LeafCert<?> leaf, Secret secret, SecretState.Managed ours, boolean admitted) {
    Optional<LeafExemptions.Judged> judged =
        copy(leaf, secret, ours, admitted).map(copy -> excuses.judge(leaf, ours, copy));
    judged.flatMap(LeafExemptions.Judged::waitedFor).ifPresent(copies::add);
    boolean refers = leaf.referredCAs().contains(name);
    boolean holdsDistrusted =
        ((refers && (admitted || ours.wasGiven(name, generations)))
                || ours.sources().cas().contains(name))
            && holdsDistrusted(Forms.of(ours));
    Optional<String> unwritable = holdsDistrusted ? excuses.unwritable(leaf) : Optional.empty();
    if (unwritable.isPresent()) {
      excusedNotRid.add(inWords(leaf) + " " + HOLDS_DISTRUSTED + ", and " + unwritable.get());
    } else {
      judged
          .flatMap(LeafExemptions.Judged::excused)
          .ifPresent(why -> excused.add(inWords(leaf) + " " + why));
      if (holdsDistrusted) {
        notRid.add(inWords(leaf));
      }
    }
  }

  // empty: it has nothing of this CA that anybody waits for
  private Optional<Copy> copy(
      LeafCert<?> leaf, Secret secret, SecretState.Managed ours, boolean admitted) {
    Optional<X509Certificate> certificate = ours.certificate();
    if (leaf.trustedCAs().contains(name) && (admitted || ours.wasGiven(name, generations))) {
      return Optional.of(
          copy(
              inWords(leaf),
              leaf.trustedCAs().size() > 1 ? Beside.OTHER_CAS : Beside.NOTHING,
              Forms.of(ours),
              // who changes a copy of its own again and again waits alone
              SecretData.annotation(secret, Keys.TRUST_SINCE).filter(since -> isBeside(leaf)),
              certificate,
              ours.caGeneration()));
    }
    // it trusts others, and so lacks nothing of this one
    return certificate
        .map(c -> provenBy(leaf, c, ours.caGeneration()))
        .filter(OptionalInt::isPresent)
        .map(
            by ->
                new Copy(
                    inWords(leaf),
                    anchors.keySet(),
                    Optional.empty(),
                    false,
                    by,
                    certificate.map(c -> c.getNotAfter().toInstant())));
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

  /**
   * The trust ConfigMap.
   *
   * @param refused why it cannot be written, where it cannot
   */
  public void add(RootCA ca, Optional<ConfigMap> found, Bundle judged, Optional<String> refused) {
    String map = "ConfigMap '" + TrustConfigMap.name(ca.getMetadata().getName()) + "'";
    Map<String, String> data = found.map(ConfigMap::getData).orElse(Map.of());
    Forms forms = new Forms(data.getOrDefault(Keys.CA_CRT, ""), Optional.empty());
    if (judged == Bundle.FOREIGN) {
      excuse(map, forms, "is somebody else's and left alone");
    } else if (judged == Bundle.REFUSED) {
      excuse(map, forms, "cannot be written" + refused.map(why -> ": " + why).orElse(""));
    } else {
      if (holdsDistrusted(forms)) {
        notRid.add(map);
      }
      copies.add(
          copy(
              map,
              Beside.NOTHING,
              forms,
              found
                  .map(live -> live.getMetadata().getAnnotations())
                  .map(all -> all.get(Keys.TRUST_SINCE)),
              Optional.empty(),
              0));
    }
  }

  private void excuse(String copy, Forms forms, String why) {
    if (holdsDistrusted(forms)) {
      excusedNotRid.add(copy + " " + HOLDS_DISTRUSTED + ", and " + why);
    } else {
      excused.add(copy + " " + why);
    }
  }

  /** The further copies. */
  public void add(TrustObserver.Seen further) {
    copies.addAll(further.copies(name.namespace(), generations));
    excused.addAll(further.excused(generations));
    if (banned.isEmpty()) {
      excused.addAll(further.excusedNotRid(generations, ""));
    } else {
      excusedNotRid.addAll(further.excusedNotRid(generations, HOLDS_DISTRUSTED + ", and "));
      notRid.addAll(further.notRid(generations));
    }
  }

  /** Something that is not waited for, in words. */
  public void leaveOut(String why) {
    excused.add(why);
  }

  public DistributionState copies(Evidence evidence) {
    // status names the first ones
    return new DistributionState(
        evidence,
        copies,
        Stream.concat(excusedNotRid.stream(), excused.stream()).toList(),
        longestLeaf,
        notRid);
  }

  private Copy copy(
      String inWords,
      Beside beside,
      Forms forms,
      Optional<String> trustSince,
      Optional<X509Certificate> certificate,
      int noted) {
    Set<Integer> holds = new LinkedHashSet<>();
    anchors.forEach(
        (number, anchor) -> {
          if (forms.eachHolds(anchor)) {
            holds.add(number);
          }
        });
    long wanted = trusted.stream().map(Anchor::pem).filter(forms.bundle()::contains).count();
    boolean surplus =
        anchors.values().stream()
                .anyMatch(anchor -> !trusted.contains(anchor) && forms.someHolds(anchor))
            || (beside == Beside.NOTHING
                && (forms.bundle().split(BEGIN, -1).length - 1 > wanted
                    || forms.truststore().filter(held -> !isTrusted(held)).isPresent()));
    return new Copy(
        inWords,
        holds,
        trustSince.flatMap(Timestamps::parse),
        surplus,
        certificate.map(c -> signedBy(c, noted)).orElse(OptionalInt.empty()),
        certificate.map(c -> c.getNotAfter().toInstant()));
  }

  private boolean isTrusted(Set<Fingerprint> all) {
    return trusted.stream().map(Anchor::fingerprint).collect(Collectors.toSet()).containsAll(all);
  }

  // whoever imports a CA of his own may give it the name and the key identifier of another one
  private OptionalInt provenBy(LeafCert<?> leaf, X509Certificate certificate, int noted) {
    return generations.issuer(certificate, noted).stream()
        .filter(g -> isBeside(leaf) || KeyIdentifiers.signed(certificate, g.certificate()))
        .mapToInt(CaGeneration::number)
        .findFirst();
  }

  private OptionalInt signedBy(X509Certificate leaf, int noted) {
    return generations.issuer(leaf, noted).stream().mapToInt(CaGeneration::number).findFirst();
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
