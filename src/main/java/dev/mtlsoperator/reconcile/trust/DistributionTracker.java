package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts the copies of a CA's trust bundle, one by one. */
public final class DistributionTracker {
  private static final String HOLDS_DISTRUSTED = "still holds a distrusted generation";

  /**
   * How many Secrets one count reads from the API server; the count that decisions are based on
   * sees all of them anyway.
   */
  private static final int MOST_LOOKS = 100;

  private final RootCA ca;
  private final CAName name;
  private final CaGenerations generations;
  private final Admission admission;
  private final Seal seal;
  private final LeafExemptions exemptions;
  private final CopyReader reader;
  private final SelfInflicted selfInflicted;
  private final LongestLeaf longestLeaf;
  private final List<Copy> copies = new ArrayList<>();
  private final List<String> excused = new ArrayList<>();
  private final List<String> excusedNotRid = new ArrayList<>();
  private final List<String> notRid = new ArrayList<>();
  private int looks;

  /**
   * @param additional what every copy holds in addition to the CA's own
   * @param admission which namespaces may refer to the CA
   * @param given what was written into leaves of other namespaces
   * @param attempts results of writing leaves
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
    this.name = CAName.of(ca);
    this.generations = generations;
    this.admission = admission;
    this.seal = seal;
    this.exemptions = new LeafExemptions(name, generations, attempts, now);
    this.reader = CopyReader.of(generations, additional);
    this.selfInflicted = new SelfInflicted(name, generations, admission, given, reader);
    this.longestLeaf = new LongestLeaf(ca);
  }

  /**
   * Counts a leaf whose Secret is known from a cache.
   *
   * @param live reads it from the API server if the cached Secret does not show what the leaf
   *     trusts
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
   * Counts a leaf that refers to the CA, or still has a certificate of it, and the object under its
   * Secret's name (null: none). A leaf that was never admitted does not count: otherwise any tenant
   * could block a rotation.
   */
  public void add(LeafCert<?> leaf, @Nullable Secret secret) {
    boolean admitted = admission.admits(ca, leaf.getMetadata().getNamespace());
    if (admitted && leaf.signingCA().equals(name)) {
      longestLeaf.add(leaf.getSpec().duration());
    }
    if (secret != null
        && LeafSecret.judge(leaf, secret, seal) instanceof SecretState.Managed ours) {
      Optional<String> selfMade =
          isBeside(leaf) ? Optional.empty() : selfInflicted.of(leaf, secret, ours);
      if (selfMade.isEmpty()) {
        add(leaf, secret, ours, admitted);
      } else if (admitted && reader.holdsDistrusted(reader.held(ours))) {
        excusedNotRid.add(inWords(leaf) + " " + selfMade.get() + ", and " + HOLDS_DISTRUSTED);
      } else if (admitted) {
        excused.add(inWords(leaf) + " " + selfMade.get());
      }
    }
  }

  private void add(LeafCert<?> leaf, Secret secret, SecretState.Managed ours, boolean admitted) {
    Optional<LeafExemptions.Judged> judged =
        copy(leaf, secret, ours, admitted).map(copy -> exemptions.judge(leaf, ours, copy));
    judged.flatMap(LeafExemptions.Judged::waitedFor).ifPresent(copies::add);
    boolean refers = leaf.referredCAs().contains(name);
    boolean holdsDistrusted =
        ((refers && (admitted || ours.wasGiven(name, generations)))
                || ours.sources().cas().contains(name))
            && reader.holdsDistrusted(reader.held(ours));
    Optional<String> unwritable = holdsDistrusted ? exemptions.unwritable(leaf) : Optional.empty();
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

  // empty: it holds nothing of this CA that the rotation has to wait for
  private Optional<Copy> copy(
      LeafCert<?> leaf, Secret secret, SecretState.Managed ours, boolean admitted) {
    Optional<X509Certificate> certificate = ours.certificate();
    if (leaf.trustedCAs().contains(name) && (admitted || ours.wasGiven(name, generations))) {
      return Optional.of(
          copy(
              inWords(leaf),
              leaf.trustedCAs().size() > 1 ? Beside.OTHER_CAS : Beside.NOTHING,
              reader.held(ours),
              // changes in another namespace do not delay the CA
              SecretData.annotation(secret, Keys.TRUST_SINCE).filter(since -> isBeside(leaf)),
              certificate,
              ours.caGeneration()));
    }
    // the leaf trusts other CAs, so it does not lack this one
    return certificate
        .map(c -> provenBy(leaf, c, ours.caGeneration()))
        .filter(OptionalInt::isPresent)
        .map(
            by ->
                new Copy(
                    inWords(leaf),
                    reader.numbers(),
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

  /** What a copy may hold in addition to this CA's bundle. */
  private enum Beside {
    NOTHING,
    OTHER_CAS
  }

  /**
   * Counts the trust ConfigMap.
   *
   * @param refused why it cannot be written; empty: it can
   */
  public void add(RootCA ca, Optional<ConfigMap> found, Bundle judged, Optional<String> refused) {
    String map = "ConfigMap '" + TrustConfigMap.name(ca.getMetadata().getName()) + "'";
    Map<String, String> data = found.map(ConfigMap::getData).orElse(Map.of());
    CopyCertificates held = reader.held(data.getOrDefault(Keys.CA_CRT, ""));
    if (judged == Bundle.FOREIGN) {
      excuse(map, held, "is somebody else's and left alone");
    } else if (judged == Bundle.REFUSED) {
      excuse(map, held, "cannot be written" + refused.map(why -> ": " + why).orElse(""));
    } else {
      if (reader.holdsDistrusted(held)) {
        notRid.add(map);
      }
      copies.add(
          copy(
              map,
              Beside.NOTHING,
              held,
              found
                  .map(live -> live.getMetadata().getAnnotations())
                  .map(all -> all.get(Keys.TRUST_SINCE)),
              Optional.empty(),
              0));
    }
  }

  private void excuse(String copy, CopyCertificates held, String why) {
    if (reader.holdsDistrusted(held)) {
      excusedNotRid.add(copy + " " + HOLDS_DISTRUSTED + ", and " + why);
    } else {
      excused.add(copy + " " + why);
    }
  }

  /** Counts the further copies. */
  public void add(TrustObserver.Seen further) {
    copies.addAll(further.copies(name.namespace(), generations));
    excused.addAll(further.excused(generations));
    if (reader.isAnyBanned()) {
      excusedNotRid.addAll(further.excusedNotRid(generations, HOLDS_DISTRUSTED + ", and "));
      notRid.addAll(further.notRid(generations));
    } else {
      excused.addAll(further.excusedNotRid(generations, ""));
    }
  }

  /** Counts what another one has counted of the same CA. */
  public void add(DistributionTracker other) {
    copies.addAll(other.copies);
    excused.addAll(other.excused);
    excusedNotRid.addAll(other.excusedNotRid);
    notRid.addAll(other.notRid);
    longestLeaf.add(other.longestLeaf);
  }

  /** Notes something that the rotation does not wait for, in words. */
  public void leaveOut(String why) {
    excused.add(why);
  }

  public DistributionState copies(Evidence evidence) {
    // status names the first ones, whatever order the caches have
    return new DistributionState(
        evidence,
        copies,
        Stream.concat(excusedNotRid.stream().sorted(), excused.stream().sorted()).toList(),
        longestLeaf.longest(),
        notRid);
  }

  private Copy copy(
      String inWords,
      Beside beside,
      CopyCertificates held,
      Optional<String> trustSince,
      Optional<X509Certificate> certificate,
      int noted) {
    return new Copy(
        inWords,
        reader.trusts(held),
        trustSince.flatMap(Timestamps::parse),
        reader.holdsFormer(held) || (beside == Beside.NOTHING && reader.holdsOthers(held)),
        certificate.map(c -> reader.signedBy(c, noted)).orElse(OptionalInt.empty()),
        certificate.map(c -> c.getNotAfter().toInstant()));
  }

  // an imported CA may have the name and the key identifier of another one
  private OptionalInt provenBy(LeafCert<?> leaf, X509Certificate certificate, int noted) {
    return isBeside(leaf)
        ? reader.signedBy(certificate, noted)
        : reader.provenBy(certificate, noted);
  }
}
