package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.AdditionalTrust;
import dev.mtlsoperator.api.TrustInputRef;
import dev.mtlsoperator.pki.CaCertificates;
import dev.mtlsoperator.pki.Pem;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private final AdditionalEntries former;
  private final SortedMap<String, List<X509Certificate>> byEntry = new TreeMap<>();
  private @Nullable Finding problem;

  private AdditionalCertificates(Inputs inputs, AdditionalEntries former, Instant now) {
    this.inputs = inputs;
    this.former = former;
    this.now = now;
  }

  /**
   * What was gathered.
   *
   * @param problem why some of them are not what the spec asks for: the first reason
   */
  public record Gathered(AdditionalEntries entries, Optional<Finding> problem) {}

  /**
   * Gathers the certificates of all entries. One that cannot be used keeps what it brought before.
   *
   * @param former what the entries brought before; what none of them asks for any more is left out
   * @param now what has expired by then is left out
   */
  public static Gathered gather(
      List<AdditionalTrust> entries, Inputs inputs, AdditionalEntries former, Instant now) {
    return new AdditionalCertificates(inputs, former, now).gather(entries);
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

  private Gathered gather(List<AdditionalTrust> entries) {
    for (AdditionalTrust entry : entries) {
      String id = AdditionalEntries.id(entry);
      byEntry.put(id, valid(former.of(id)));
    }
    Map<String, List<X509Certificate>> waiting = new LinkedHashMap<>();
    for (AdditionalTrust entry : entries) {
      try {
        waiting.put(AdditionalEntries.id(entry), valid(certificates(entry)));
      } catch (Unusable e) {
        tell(e.why);
      }
    }
    // what becomes less makes room for what becomes more
    takeWhatFits(waiting);
    takeWhatFits(waiting);
    if (!waiting.isEmpty()) {
      tell(
          new Finding(
              Reason.InvalidInput,
              "additionalTrust holds more than "
                  + MOST_CERTIFICATES
                  + " certificates: leave some out"));
    }
    return new Gathered(new AdditionalEntries(byEntry), Optional.ofNullable(problem));
  }

  // nobody's trust gives way to another entry that grows
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

  private void tell(Finding why) {
    problem = problem == null ? why : problem;
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
        ? parse(
            place("Secret", secret),
            certificatesAlone(secret, found("Secret", secret, inputs.secret(secret))))
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

  // any key of a Secret can be named, by people who may not read it: whatever lies there that is
  // not
  // certificates alone, which are public, is told in the same words
  private static String certificatesAlone(TrustInputRef ref, String text) throws Unusable {
    try {
      List<X509Certificate> unused = Pem.readCertificates(text);
      return text;
    } catch (PkiException e) {
      throw new Unusable(
          Reason.InvalidInput,
          "additionalTrust, "
              + place("Secret", ref)
              + ": it must hold CA certificates in PEM and nothing else");
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
