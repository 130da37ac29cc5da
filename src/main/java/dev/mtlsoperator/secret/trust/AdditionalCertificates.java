package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.pki.CaCertificates;
import dev.mtlsoperator.pki.CaCertificates.Refused;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.InputConsent;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gathers the certificates that {@code additionalTrust} asks for, entry by entry. */
public final class AdditionalCertificates {
  /** Of all entries together; every verifier holds them in memory. */
  private static final int MOST_CERTIFICATES = 100;

  private final Inputs inputs;
  private final Instant now;
  private final AdditionalEntries former;
  private final SortedMap<String, List<X509Certificate>> byEntry = new TreeMap<>();
  private @Nullable Finding problem;
  private String meanwhile = "";

  private AdditionalCertificates(Inputs inputs, AdditionalEntries former, Instant now) {
    this.inputs = inputs;
    this.former = former;
    this.now = now;
  }

  /**
   * The gathered certificates.
   *
   * @param problem the first reason why they are not what the spec asks for
   * @param meanwhile a message that says what is in force instead
   */
  public record Gathered(AdditionalEntries entries, Optional<Finding> problem, String meanwhile) {}

  /**
   * Gathers the certificates of all entries. An entry that cannot be read keeps its former
   * certificates; in one that can, each unusable certificate is left out.
   *
   * @param former certificates that the entries brought before; those of removed entries are left
   *     out
   * @param now certificates that have expired by then are left out
   */
  public static Gathered gather(
      List<AdditionalTrust> entries, Inputs inputs, AdditionalEntries former, Instant now) {
    return new AdditionalCertificates(inputs, former, now).gather(entries);
  }

  /** Reads inputs; empty if an object is missing or its owner did not consent. */
  public interface Inputs {
    /** Text under a key of a ConfigMap. */
    Optional<String> map(TrustInputRef ref);

    /** Text under a key of a Secret. */
    Optional<String> secret(TrustInputRef ref);
  }

  private static final String KEPT = "what this entry brought before stays trusted";
  private static final String OTHERS = "the others of this entry are trusted";
  private static final String NOTHING_ELSE = "it must hold CA certificates in PEM and nothing else";

  /** A reason why an entry cannot be used. */
  private static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Finding why;

    Unusable(Reason reason, String message) {
      super(message);
      this.why = new Finding(reason, message);
    }
  }

  private Gathered gather(List<AdditionalTrust> entries) {
    for (AdditionalTrust entry : entries) {
      String id = AdditionalEntries.id(entry);
      byEntry.put(id, valid(former.of(id)));
    }
    Map<String, List<X509Certificate>> waiting = new LinkedHashMap<>();
    for (AdditionalTrust entry : entries) {
      try {
        String id = AdditionalEntries.id(entry);
        List<X509Certificate> brought = valid(certificates(entry));
        waiting.put(id, brought);
        // of the unattributed certificates those that the entry brings now
        byEntry.computeIfPresent(
            id,
            (same, kept) ->
                former.byEntry().containsKey(id)
                    ? kept
                    : kept.stream().filter(brought::contains).toList());
      } catch (Unusable e) {
        tell(e.why, KEPT);
      }
    }
    // entries that shrink make room for entries that grow
    takeWhatFits(waiting);
    takeWhatFits(waiting);
    if (!waiting.isEmpty()) {
      tell(
          new Finding(
              Reason.InvalidInput,
              "additionalTrust holds more than "
                  + MOST_CERTIFICATES
                  + " certificates: leave some out"),
          KEPT);
    }
    return new Gathered(new AdditionalEntries(byEntry), Optional.ofNullable(problem), meanwhile);
  }

  // an entry that grows does not displace the certificates of another one
  private void takeWhatFits(Map<String, List<X509Certificate>> waiting) {
    waiting
        .entrySet()
        .removeIf(
            entry -> {
              SortedMap<String, List<X509Certificate>> with = new TreeMap<>(byEntry);
              with.put(entry.getKey(), entry.getValue());
              boolean fits =
                  with.values().stream().flatMap(List::stream).distinct().count()
                      <= MOST_CERTIFICATES;
              if (fits) {
                byEntry.put(entry.getKey(), entry.getValue());
              }
              return fits;
            });
  }

  private List<X509Certificate> valid(List<X509Certificate> some) {
    return some.stream().filter(c -> now.isBefore(c.getNotAfter().toInstant())).toList();
  }

  private void tell(Finding why, String inForce) {
    if (problem == null) {
      problem = why;
      meanwhile = inForce;
    }
  }

  /** The digest of certificates that is noted with them; empty if there are none. */
  public static String digest(List<X509Certificate> certificates) {
    return certificates.isEmpty() ? "" : Digests.of(Pem.write(certificates));
  }

  private List<X509Certificate> certificates(AdditionalTrust entry) throws Unusable {
    TrustInputRef map = entry.configMapRef();
    TrustInputRef secret = entry.secretRef();
    if (map != null) {
      return parse(place("ConfigMap", map), found("ConfigMap", map, inputs.map(map)), Refused::why);
    }
    // a user without access to a Secret can name any of its keys: everything in it but
    // certificates, which are public, is reported by the same message
    return secret != null
        ? parse(
            place("Secret", secret),
            certificatesAlone(secret, found("Secret", secret, inputs.secret(secret))),
            refused -> refused.certificate().isPresent() ? refused.why() : NOTHING_ELSE)
        : parse("pem", String.valueOf(entry.pem()), Refused::why);
  }

  private static String place(String kind, TrustInputRef ref) {
    return kind + " '" + ref.name() + "', key '" + ref.key() + "'";
  }

  private List<X509Certificate> parse(String place, String pem, Function<Refused, String> words)
      throws Unusable {
    CaCertificates.Read read;
    try {
      read = CaCertificates.read(pem);
    } catch (PkiException e) {
      throw new Unusable(Reason.InvalidInput, "additionalTrust, " + place + ": " + e.getMessage());
    }
    if (read.refused().isEmpty()) {
      return read.certificates();
    }
    Refused first = read.refused().get(0);
    if (read.certificates().isEmpty()) {
      throw new Unusable(
          Reason.InvalidInput, "additionalTrust, " + place + ": " + words.apply(first));
    }
    int more = read.refused().size() - 1;
    tell(
        new Finding(
            Reason.InvalidInput,
            "additionalTrust, "
                + place
                + ", certificate "
                + first.place()
                + " of "
                + (read.certificates().size() + read.refused().size())
                + ": "
                + words.apply(first)
                + (more > 0 ? " (and " + more + " more cannot be used)" : "")
                + ": take it out"),
        OTHERS);
    return read.certificates();
  }

  private static String certificatesAlone(TrustInputRef ref, String text) throws Unusable {
    try {
      List<Fingerprint> unused = Pem.readFingerprints(text);
      return text;
    } catch (PkiException e) {
      throw new Unusable(
          Reason.InvalidInput, "additionalTrust, " + place("Secret", ref) + ": " + NOTHING_ELSE);
    }
  }

  // the same message whether it is missing or its owner did not consent, so that it does not reveal
  // what exists
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
