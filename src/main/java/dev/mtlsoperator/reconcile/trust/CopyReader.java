package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.SecretState;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Determines which generations a copy of a CA's trust bundle holds, and which of them signed the
 * certificate next to it. Certificates are compared by fingerprint.
 */
final class CopyReader {
  /** Most copies of a CA have the same bundle; the few that differ are parsed again each time. */
  private static final int MOST_REMEMBERED = 16;

  private final CaGenerations generations;
  private final Map<Integer, Fingerprint> anchors;
  private final Set<Fingerprint> trusted;
  private final Set<Fingerprint> banned;
  private final Map<String, Set<Fingerprint>> read = RecentlyUsed.atMost(MOST_REMEMBERED);

  private CopyReader(
      CaGenerations generations, Map<Integer, Fingerprint> anchors, Set<Fingerprint> trusted) {
    this.generations = generations;
    this.anchors = anchors;
    this.trusted = trusted;
    this.banned = generations.banned();
  }

  /**
   * Returns the reader for a CA.
   *
   * @param additional what every copy holds in addition to the CA's own
   */
  static CopyReader of(CaGenerations generations, List<X509Certificate> additional) {
    return new CopyReader(
        generations,
        generations.generations().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    CaGeneration::number, g -> Fingerprint.of(g.anchor()))),
        Stream.concat(generations.bundle().stream(), additional.stream())
            .map(Fingerprint::of)
            .collect(Collectors.toUnmodifiableSet()));
  }

  CopyCertificates held(SecretState.Managed ours) {
    return new CopyCertificates(fingerprints(ours.trust()), ours.truststore());
  }

  CopyCertificates held(String pem) {
    return new CopyCertificates(fingerprints(pem), Optional.empty());
  }

  private Set<Fingerprint> fingerprints(String pem) {
    return read.computeIfAbsent(pem, Pem::fingerprints);
  }

  /** Whether the CA distrusts any generation. */
  boolean isAnyBanned() {
    return !banned.isEmpty();
  }

  boolean holdsDistrusted(CopyCertificates held) {
    return held.holdsAnyOf(banned);
  }

  /** The numbers of all generations. */
  Set<Integer> numbers() {
    return anchors.keySet();
  }

  /** The numbers of the generations that every format holds. */
  Set<Integer> trusts(CopyCertificates held) {
    return anchors.entrySet().stream()
        .filter(anchor -> held.eachHolds(anchor.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** Whether it holds a generation that is no longer trusted. */
  boolean holdsFormer(CopyCertificates held) {
    return anchors.values().stream()
        .anyMatch(anchor -> !trusted.contains(anchor) && held.someHolds(anchor));
  }

  /** Whether it holds anything that the CA's bundle does not. */
  boolean holdsOthers(CopyCertificates held) {
    return held.holdsOthersThan(trusted);
  }

  /**
   * The generation that a certificate names as its issuer.
   *
   * @param noted the number noted next to it
   */
  OptionalInt signedBy(X509Certificate leaf, int noted) {
    return generations.issuer(leaf, noted).stream().mapToInt(CaGeneration::number).findFirst();
  }

  /**
   * The same, but only if its signature verifies: another CA may have the same name and key
   * identifier.
   */
  OptionalInt provenBy(X509Certificate leaf, int noted) {
    return generations.issuer(leaf, noted).stream()
        .filter(g -> KeyIdentifiers.signed(leaf, g.certificate()))
        .mapToInt(CaGeneration::number)
        .findFirst();
  }
}
