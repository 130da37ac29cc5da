package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What lies under the name of a leaf's Secret. */
public sealed interface SecretState {

  /** Nothing. */
  record Absent() implements SecretState {}

  /**
   * Somebody else's Secret.
   *
   * @param message whose, and what to do about it
   */
  record Unmanaged(String message) implements SecretState {}

  /**
   * Our Secret.
   *
   * @param integrity whether its content is what the operator wrote
   * @param certificate the leaf; empty when it cannot be read
   * @param revision how many certificates were issued before and with it
   * @param caGeneration who signed it
   * @param trust the trust bundle in it, as PEM
   * @param additional digest of the certificates of others in {@code trust}; empty: there are none
   * @param admittedBy the CAs of other namespaces that let the leaf in when it was given their
   *     certificates
   * @param sources which CA each certificate in {@code trust} is from, as the seal vouches for it
   * @param layout digest of what its files were made from, beside key, certificate and trust
   * @param metadataCurrent whether labels, annotations and owner are as they should be
   * @param renew the value of the {@code renew} annotation that was honoured last
   * @param truststore what its truststore is known to hold where that is not what {@code trust}
   *     holds: it could not be encoded when the trust bundle changed, or nothing vouches for it;
   *     empty: it holds the same, or there is none
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
      Optional<Set<Fingerprint>> truststore)
      implements SecretState {

    public Managed {
      admittedBy = Collections.unmodifiableSortedSet(new TreeSet<>(admittedBy));
      truststore = truststore.map(Set::copyOf);
    }

    /**
     * One whose truststore, if it has one, holds what its trust bundle does, and of which it is not
     * known what came from which CA.
     */
    public Managed(
        Integrity integrity,
        Optional<X509Certificate> certificate,
        int revision,
        int caGeneration,
        String trust,
        String additional,
        SortedSet<CAName> admittedBy,
        String layout,
        boolean metadataCurrent,
        @Nullable String renew) {
      this(
          integrity,
          certificate,
          revision,
          caGeneration,
          trust,
          additional,
          admittedBy,
          TrustSources.unknown(),
          layout,
          metadataCurrent,
          renew,
          Optional.empty());
    }

    /**
     * Whether it was let in by a CA of another namespace and given its certificates. What it holds
     * alone proves nothing: anybody can come to hold a certificate that is public. Nor does the
     * note alone: another CA may have that name by now.
     */
    public boolean wasGiven(CAName ca, CaGenerations generations) {
      return admittedBy.contains(ca) && holdsSomeOf(generations);
    }

    /**
     * Whether its trust bundle has all of these certificates, whatever a truststore beside it has.
     */
    public boolean holds(List<X509Certificate> all) {
      return all.stream().map(Pem::write).allMatch(trust::contains);
    }

    /** Whether any form of trust in it has a certificate. */
    public boolean holdsAnyhow(X509Certificate certificate) {
      return trust.contains(Pem.write(certificate))
          || truststore.filter(held -> held.contains(Fingerprint.of(certificate))).isPresent();
    }

    /**
     * Whether its trust bundle has a certificate of some generation, trusted or not, also of one
     * that is distrusted and deleted.
     */
    public boolean holdsSomeOf(CaGenerations generations) {
      return generations.generations().stream()
              .map(CaGeneration::anchor)
              .map(Pem::write)
              .anyMatch(trust::contains)
          || (!generations.distrusted().isEmpty()
              && !Collections.disjoint(Pem.fingerprints(trust), generations.distrusted()));
    }

    /** One that trusts nobody beside the CA of its own namespace. */
    public Managed(
        Integrity integrity,
        Optional<X509Certificate> certificate,
        int revision,
        int caGeneration,
        String trust,
        String layout,
        boolean metadataCurrent,
        @Nullable String renew) {
      this(
          integrity,
          certificate,
          revision,
          caGeneration,
          trust,
          "",
          Collections.emptySortedSet(),
          layout,
          metadataCurrent,
          renew);
    }
  }

  /** Whether the content of our Secret is what the operator wrote. */
  enum Integrity {
    /** It is, and status knows it. */
    AS_REPORTED,
    /** It is, but status was not written or was lost. */
    NOT_YET_REPORTED,
    /** It is not. */
    TAMPERED
  }
}
