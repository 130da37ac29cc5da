package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.revocation.CrlBundle;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.rotation.revocation.RevocationRequest;
import dev.mtlsoperator.secret.Keys;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The CRLs that the inputs of a RootCA bring: under {@code ca.crl} of the object from which the
 * CA's certificate comes. They are of other CAs, or of an imported CA from before its import.
 *
 * @param crls as they were read: whose they are, their signatures tell
 * @param unusable why some cannot be read, in words
 */
public record AdditionalRevocations(List<Crl> crls, List<String> unusable) {
  /** What to do about a CA without a current CRL. */
  private static final String WHERE =
      "put its CRL (openssl crl -in ca.crl -noout -text shows one) under the key "
          + Keys.CA_CRL
          + " of the ConfigMap or Secret that holds its certificate";

  public AdditionalRevocations {
    crls = List.copyOf(crls);
    unusable = List.copyOf(unusable);
  }

  public static AdditionalRevocations none() {
    return new AdditionalRevocations(List.of(), List.of());
  }

  /**
   * Reads them.
   *
   * @param imported the Secret that holds the RootCA's own certificate and key; empty: none does
   */
  public static AdditionalRevocations read(
      List<AdditionalTrust> entries,
      Optional<String> imported,
      AdditionalCertificates.Inputs inputs) {
    List<Crl> crls = new ArrayList<>();
    List<String> unusable = new ArrayList<>();
    for (AdditionalTrust entry : entries) {
      TrustInputRef map = entry.configMapRef();
      TrustInputRef secret = entry.secretRef();
      if (map != null) {
        add(
            inputs.map(new TrustInputRef(map.name(), Keys.CA_CRL)),
            "ConfigMap '" + map.name() + "'",
            crls,
            unusable);
      } else if (secret != null) {
        add(
            inputs.secret(new TrustInputRef(secret.name(), Keys.CA_CRL)),
            "Secret '" + secret.name() + "'",
            crls,
            unusable);
      }
    }
    imported.ifPresent(
        name ->
            add(
                inputs.secret(new TrustInputRef(name, Keys.CA_CRL)),
                "Secret '" + name + "'",
                crls,
                unusable));
    return new AdditionalRevocations(crls, unusable);
  }

  /**
   * What a CA revoked before it was imported, or elsewhere: it is to be revoked by its CRLs here
   * too.
   *
   * @param certificate of the generation
   */
  public List<LeafRevocations.OfLeaf> revokedBy(
      CAName ca, int generation, X509Certificate certificate) {
    return crls.stream()
        .filter(crl -> crl.isSignedBy(certificate))
        .flatMap(crl -> crl.entries().values().stream())
        .map(
            entry ->
                new LeafRevocations.OfLeaf(
                    ca,
                    generation,
                    new RevocationRequest(entry.serialNumber(), Optional.empty(), entry.reason())))
        .toList();
  }

  private static void add(
      Optional<SuppliedFile> file, String place, List<Crl> crls, List<String> unusable) {
    if (file.isEmpty()) {
      return;
    }
    try {
      crls.addAll(Crl.parseAll(file.get()));
    } catch (PkiException e) {
      unusable.add(place + ", " + Keys.CA_CRL + ": " + e.getMessage());
    }
  }

  /**
   * The entries without certificates that are new and have no current CRL: a gateway would refuse
   * all clients of such a CA. One that is trusted already stays, whatever became of its CRL.
   *
   * @param before certificates that are trusted already
   * @param held CRLs next to the trust bundle
   * @param keptOut gets a message for each that is left out
   */
  public AdditionalEntries admit(
      AdditionalEntries entries,
      Set<X509Certificate> before,
      List<Crl> held,
      Instant now,
      List<String> keptOut) {
    List<X509Certificate> fresh =
        entries.certificates().stream().filter(c -> !before.contains(c)).toList();
    List<Crl> candidates = new ArrayList<>(held);
    candidates.addAll(crls);
    List<CrlBundle.Lack> lacking = CrlBundle.of(fresh, candidates, now).lacking();
    if (lacking.isEmpty()) {
      return entries;
    }
    Set<X509Certificate> out = Set.copyOf(lacking.stream().map(CrlBundle.Lack::ca).toList());
    lacking.forEach(
        lack ->
            keptOut.add(
                lack.inWords()
                    + " and is left out of the trust bundles: gateways would refuse all its clients; "
                    + WHERE));
    SortedMap<String, List<X509Certificate>> kept = new TreeMap<>();
    entries
        .byEntry()
        .forEach((id, some) -> kept.put(id, some.stream().filter(c -> !out.contains(c)).toList()));
    return new AdditionalEntries(kept, entries.unattributed());
  }

  /** What to do about a CA that lacks a current CRL, for a message. */
  public static String remedy() {
    return WHERE;
  }
}
