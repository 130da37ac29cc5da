package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What exists under the name of a leaf's Secret. */
public sealed interface SecretState {

  /** The Secret, if the operator manages it. */
  default Optional<Managed> managed() {
    return Optional.empty();
  }

  /** The Secret, if the operator manages it and wrote its content. */
  default Optional<Managed> untampered() {
    return managed().filter(managed -> managed.integrity() != Integrity.TAMPERED);
  }

  /** No Secret has that name. */
  record Absent() implements SecretState {}

  /**
   * A Secret that the operator does not manage, and leaves alone.
   *
   * @param message whose Secret it is, and what to do about it
   */
  record Unmanaged(String message) implements SecretState {}

  /**
   * A Secret that the operator manages.
   *
   * @param integrity whether its content is what the operator wrote
   * @param certificate the leaf certificate; empty when it cannot be read
   * @param revision number of certificates issued so far, this one included
   * @param caGeneration number of the CA generation that signed the certificate
   * @param trust its trust bundle, as PEM
   * @param additional digest of the certificates in {@code trust} that come from {@code
   *     additionalTrust}; empty if there are none
   * @param admittedBy the RootCAs of other namespaces that admitted the leaf when it was given
   *     their certificates
   * @param sources which RootCA each certificate in {@code trust} came from, as the seal proves
   * @param layout digest of all inputs of its files except key, certificate and trust
   * @param metadataCurrent whether labels, annotations and owner are as they should be
   * @param renew the value of the {@code renew} annotation that was honoured last
   * @param truststore what its truststore is known to hold if that differs from {@code trust}: the
   *     truststore could not be encoded when the bundle changed, or nothing proves its content;
   *     empty if it holds the same, or there is none
   * @param trusted fingerprints of the certificates in {@code trust}
   * @param revocations what is noted of its CRLs, see {@link LeafCrls#note}; empty: it has none
   */
  record Managed(
      Integrity integrity,
      Optional<X509Certificate> certificate,
      int revision,
      int caGeneration,
      String trust,
      String additional,
      SortedSet<CAName> admittedBy,
      TrustSources sources,
      String layout,
      boolean metadataCurrent,
      @Nullable String renew,
      Optional<Set<Fingerprint>> truststore,
      Set<Fingerprint> trusted,
      String revocations)
      implements SecretState {

    public Managed {
      admittedBy = Collections.unmodifiableSortedSet(new TreeSet<>(admittedBy));
      truststore = truststore.map(Set::copyOf);
      trusted = Set.copyOf(trusted);
    }

    /** A Secret as it was read: the fingerprints are those of the certificates in its bundle. */
    public Managed(
        Integrity integrity,
        Optional<X509Certificate> certificate,
        int revision,
        int caGeneration,
        String trust,
        String additional,
        SortedSet<CAName> admittedBy,
        TrustSources sources,
        String layout,
        boolean metadataCurrent,
        @Nullable String renew,
        Optional<Set<Fingerprint>> truststore,
        String revocations) {
      this(
          integrity,
          certificate,
          revision,
          caGeneration,
          trust,
          additional,
          admittedBy,
          sources,
          layout,
          metadataCurrent,
          renew,
          truststore,
          Pem.fingerprints(trust),
          revocations);
    }

    @Override
    public Optional<Managed> managed() {
      return Optional.of(this);
    }

    /**
     * Whether a RootCA of another namespace admitted the leaf and gave it its certificates. Holding
     * a certificate proves nothing, because anybody can obtain a public one; nor does the note
     * alone, because another RootCA may have that name by now.
     */
    public boolean wasGiven(CAName ca, CaGenerations generations) {
      return admittedBy.contains(ca) && holdsSomeOf(generations);
    }

    /** Whether its trust bundle has all of these certificates, whatever its truststore holds. */
    public boolean holds(Collection<X509Certificate> all) {
      return all.stream().map(Fingerprint::of).allMatch(trusted::contains);
    }

    /** Whether its trust bundle or its truststore has a certificate. */
    public boolean holdsAnyhow(X509Certificate certificate) {
      Fingerprint fingerprint = Fingerprint.of(certificate);
      return trusted.contains(fingerprint)
          || truststore.filter(held -> held.contains(fingerprint)).isPresent();
    }

    /**
     * Whether its trust bundle has a certificate of some generation, trusted or not, including one
     * that was distrusted and deleted.
     */
    public boolean holdsSomeOf(CaGenerations generations) {
      return generations.generations().stream()
              .map(CaGeneration::anchor)
              .map(Fingerprint::of)
              .anyMatch(trusted::contains)
          || !Collections.disjoint(trusted, generations.distrusted());
    }
  }

  /** Whether the content of a managed Secret is what the operator wrote. */
  enum Integrity {
    /** It is, and the status reports it. */
    AS_REPORTED,
    /** It is, but the status was not written yet, or was lost. */
    NOT_YET_REPORTED,
    /** It is not. */
    TAMPERED
  }
}
