package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.AdditionalTrust;
import dev.mtlsoperator.api.TrustInputRef;
import dev.mtlsoperator.pki.CaCertificates;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.CaGeneration;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.rotation.Reason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Gathers the certificates that {@code additionalTrust} asks for, entry by entry. */
public final class AdditionalCertificates {
  /** All of them together; every verifier holds them in memory. */
  private static final int MOST_CERTIFICATES = 100;

  private final Inputs inputs;
  private final Instant now;
  private final SortedMap<String, X509Certificate> all = new TreeMap<>();
  private @Nullable Finding problem;

  /**
   * None yet.
   *
   * @param now what has expired by then is left out
   */
  public AdditionalCertificates(Inputs inputs, Instant now) {
    this.inputs = inputs;
    this.now = now;
  }

  /** What may be read; empty: it is not there, or its owner did not agree. */
  public interface Inputs {
    /** Text under a key of a ConfigMap. */
    Optional<String> map(TrustInputRef ref);

    /** Text under a key of a Secret. */
    Optional<String> secret(TrustInputRef ref);
  }

  /** A reason why an entry cannot be used. */
  private static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Finding why;

    Unusable(Reason reason, String message) {
      super(message);
      this.why = new Finding(reason, message);
    }
  }

  /** Those of an entry, or a {@link #problem}. */
  public void add(AdditionalTrust entry) {
    try {
      List<X509Certificate> some = certificates(entry);
      if (all.size() + some.size() > MOST_CERTIFICATES) {
        throw new Unusable(
            Reason.InvalidInput,
            "additionalTrust holds more than "
                + MOST_CERTIFICATES
                + " certificates: leave some out");
      }
      keep(some);
    } catch (Unusable e) {
      problem = problem == null ? e.why : problem;
    }
  }

  /** Those, without any question. */
  public void keep(Collection<X509Certificate> some) {
    some.stream()
        .filter(c -> now.isBefore(c.getNotAfter().toInstant()))
        .forEach(c -> all.put(Fingerprint.of(c).text(), c));
  }

  /** Why some of them are not what the spec asks for: the first reason. */
  public Optional<Finding> problem() {
    return Optional.ofNullable(problem);
  }

  /**
   * Each once, in an order that follows from them. What the CA trusts, trusted, or distrusts is for
   * its own rotation to say.
   */
  public List<X509Certificate> beside(Lineage lineage) {
    lineage.distrusted().forEach(f -> all.remove(f.text()));
    for (CaGeneration generation : lineage.generations()) {
      all.remove(generation.fingerprint().text());
      all.remove(Fingerprint.of(generation.anchor()).text());
    }
    return List.copyOf(all.values());
  }

  /** What is noted beside a copy of some; empty: there are none. */
  public static String digest(List<X509Certificate> certificates) {
    return certificates.isEmpty() ? "" : Digests.of(Pem.write(certificates));
  }

  private List<X509Certificate> certificates(AdditionalTrust entry) throws Unusable {
    TrustInputRef map = entry.configMapRef();
    TrustInputRef secret = entry.secretRef();
    if (map != null) {
      return parse(place("ConfigMap", map), found("ConfigMap", map, inputs.map(map)));
    }
    return secret != null
        ? parse(place("Secret", secret), found("Secret", secret, inputs.secret(secret)))
        : parse("pem", String.valueOf(entry.pem()));
  }

  private static String place(String kind, TrustInputRef ref) {
    return kind + " '" + ref.name() + "', key '" + ref.key() + "'";
  }

  private static List<X509Certificate> parse(String place, String pem) throws Unusable {
    try {
      return CaCertificates.read(pem);
    } catch (PkiException e) {
      throw new Unusable(Reason.InvalidInput, "additionalTrust, " + place + ": " + e.getMessage());
    }
  }

  // the same words, whether it is missing or its owner did not consent: nobody learns what exists
  private static String found(String kind, TrustInputRef ref, Optional<String> text)
      throws Unusable {
    if (text.isEmpty()) {
      throw new Unusable(
          Reason.InputNotAvailable,
          "additionalTrust cannot be read: "
              + InputConsent.needed(kind, ref.name(), ref.key())
              + " in this namespace");
    }
    return text.get();
  }
}
