package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.LeafSecret.Notes;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The annotations on a leaf's Secret with facts that its content does not show. Seals cover those
 * that decide on trust: the revision, the certificates in the truststore, the CAs that admit the
 * leaf, and the sources of trusted certificates.
 */
final class LeafNotes {
  private LeafNotes() {}

  /**
   * Adds notes to annotations, and removes those that no longer apply.
   *
   * @param digest of the Secret's content
   */
  static void write(
      LeafCert<?> leaf, Notes notes, String digest, Map<String, String> annotations, Seal seal) {
    annotations.put(Keys.REVISION, Integer.toString(notes.revision()));
    annotations.put(Keys.GENERATION, Integer.toString(notes.caGeneration()));
    annotations.put(Keys.LAYOUT, notes.layout());
    Optional<String> truststore = notes.truststore().map(LeafNotes::text);
    set(annotations, Keys.TRUSTSTORE_BEHIND, truststore);
    annotations.put(Keys.SEAL, seal.ofLeaf(leaf, notes.revision(), digest, truststore));
    set(
        annotations,
        Keys.ADDITIONAL_TRUST,
        Optional.of(notes.additional()).filter(additional -> !additional.isEmpty()));
    Optional<String> admittedBy =
        Optional.of(notes.admittedBy()).filter(cas -> !cas.isEmpty()).map(LeafNotes::names);
    set(annotations, Keys.ADMITTED_BY, admittedBy);
    set(annotations, Keys.ADMITTED_SEAL, admittedBy.map(cas -> seal.ofAdmission(leaf, cas)));
    Optional<String> sources =
        Optional.of(notes.sources()).filter(TrustSources::isKnown).map(TrustSources::text);
    set(annotations, Keys.TRUST_SOURCES, sources);
    set(
        annotations,
        Keys.TRUST_SOURCES_SEAL,
        sources.map(known -> seal.ofTrustSources(leaf, digest, known)));
    set(
        annotations,
        Keys.REVOCATIONS,
        Optional.of(notes.revocations()).filter(crls -> !crls.isEmpty()));
    if (notes.renew() != null) {
      annotations.put(Api.RENEW_ANNOTATION, notes.renew());
    }
  }

  private static void set(Map<String, String> annotations, String key, Optional<String> value) {
    value.ifPresentOrElse(it -> annotations.put(key, it), () -> annotations.remove(key));
  }

  private static String names(SortedSet<CAName> cas) {
    return cas.stream().map(CAName::toString).collect(Collectors.joining(","));
  }

  /**
   * The certificates in the truststore; empty if there is no truststore, or if it holds what the
   * trust bundle does. After tampering they are unknown (no certificate), because the password to
   * open the truststore is not in any cache.
   */
  static Optional<Set<Fingerprint>> truststore(
      Secret found, Integrity integrity, Optional<String> sealedNote) {
    if (SecretData.value(found, Keys.TRUSTSTORE).isEmpty()) {
      return Optional.empty();
    }
    return integrity == Integrity.TAMPERED
        ? Optional.of(Set.of())
        : sealedNote.map(LeafNotes::fingerprints);
  }

  private static String text(Set<Fingerprint> certificates) {
    return certificates.stream().map(Fingerprint::text).sorted().collect(Collectors.joining(","));
  }

  private static Set<Fingerprint> fingerprints(String note) {
    return Arrays.stream(note.split(",", -1))
        .flatMap(text -> Fingerprint.parse(text).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The CAs that admit the leaf, if sealed: anyone with write access can forge the note alone. */
  static SortedSet<CAName> admittedBy(LeafCert<?> leaf, Secret found, Seal seal) {
    String note = SecretData.annotation(found, Keys.ADMITTED_BY).orElse("");
    SortedSet<CAName> all = new TreeSet<>();
    if (!note.isEmpty()
        && Seal.matches(
            SecretData.annotation(found, Keys.ADMITTED_SEAL).orElse(null),
            seal.ofAdmission(leaf, note))) {
      for (String ca : note.split(",", -1)) {
        CAName.parse(ca).ifPresent(name -> all.add(name));
      }
    }
    return all;
  }

  /** The CA from which each certificate in the trust bundle comes, if sealed. */
  static TrustSources sources(LeafCert<?> leaf, Secret found, String digest, Seal seal) {
    return SecretData.annotation(found, Keys.TRUST_SOURCES)
        .filter(
            note ->
                Seal.matches(
                    SecretData.annotation(found, Keys.TRUST_SOURCES_SEAL).orElse(null),
                    seal.ofTrustSources(leaf, digest, note)))
        .map(TrustSources::parse)
        .orElseGet(TrustSources::unknown);
  }
}
