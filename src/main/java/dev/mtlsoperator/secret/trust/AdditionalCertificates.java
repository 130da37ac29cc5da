package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.leaf.AdditionalRoom;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.Digests;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the certificates that {@code additionalTrust} asks for, entry by entry, and those that an
 * imported CA brings beside its own path.
 */
public final class AdditionalCertificates {
  private final Inputs inputs;
  private final Instant now;
  private final AdditionalEntries former;
  private final SortedMap<String, List<X509Certificate>> byEntry = new TreeMap<>();
  private final List<String> leftOut = new ArrayList<>();
  private @Nullable Finding missing;

  private AdditionalCertificates(Inputs inputs, AdditionalEntries former, Instant now) {
    this.inputs = inputs;
    this.former = former;
    this.now = now;
  }

  /**
   * The gathered certificates.
   *
   * @param missing the first input that is not available
   * @param leftOut entries and certificates that cannot be used, in words
   */
  public record Gathered(
      AdditionalEntries entries, Optional<Finding> missing, List<String> leftOut) {
    public Gathered {
      leftOut = List.copyOf(leftOut);
    }

    /** What is in force instead of an input that is not available. */
    public static final String MEANWHILE = "what this entry brought before stays trusted";
  }

  /**
   * Gathers the certificates of all entries. An entry that cannot be read keeps its former
   * certificates; in one that can, each unusable certificate is left out.
   *
   * @param desired an import brings certificates as well
   * @param former certificates that the entries brought before; those of removed entries are left
   *     out
   * @param now certificates that have expired by then are left out
   */
  public static Gathered gather(
      List<AdditionalTrust> entries,
      DesiredCertificate desired,
      Inputs inputs,
      AdditionalEntries former,
      Instant now) {
    return new AdditionalCertificates(inputs, former, now).gather(entries, desired);
  }

  /** Reads inputs; empty if an object is missing or its owner did not consent. */
  public interface Inputs {
    /** The value of a key of a ConfigMap. */
    Optional<SuppliedFile> map(TrustInputRef ref);

    /** The value of a key of a Secret. */
    Optional<SuppliedFile> secret(TrustInputRef ref);
  }

  private Gathered gather(List<AdditionalTrust> entries, DesiredCertificate desired) {
    entries.forEach(this::keep);
    Map<String, Waiting> waiting = new LinkedHashMap<>();
    imported(desired, waiting);
    for (AdditionalTrust entry : entries) {
      AdditionalEntry found = AdditionalEntry.read(entry, inputs, now);
      if (found instanceof AdditionalEntry.Read read) {
        take(entry, read, waiting);
      } else if (found instanceof AdditionalEntry.Unusable unusable) {
        leftOut.add(unusable.why() + kept(entry));
      } else if (found instanceof AdditionalEntry.Missing none && missing == null) {
        missing = none.why();
      }
    }
    // entries that shrink make room for entries that grow
    takeWhatFits(waiting);
    takeWhatFits(waiting);
    waiting
        .values()
        .forEach(
            large ->
                leftOut.add(
                    large.place()
                        + " does not fit: additionalTrust holds more than "
                        + AdditionalRoom.MOST / 1024
                        + " KiB of certificates; leave some out. What this entry brought before stays trusted"));
    return new Gathered(new AdditionalEntries(byEntry), Optional.ofNullable(missing), leftOut);
  }

  /** Certificates that replace those of an entry if there is room. */
  private record Waiting(String place, List<X509Certificate> brought) {}

  private void keep(AdditionalTrust entry) {
    String id = AdditionalEntries.id(entry);
    byEntry.put(id, valid(former.of(id)));
  }

  private String kept(AdditionalTrust entry) {
    return byEntry.getOrDefault(AdditionalEntries.id(entry), List.of()).isEmpty()
        ? ""
        : "; " + Gathered.MEANWHILE;
  }

  private void take(
      AdditionalTrust entry, AdditionalEntry.Read read, Map<String, Waiting> waiting) {
    String id = AdditionalEntries.id(entry);
    waiting.put(id, new Waiting(AdditionalEntry.place(entry), read.certificates()));
    leftOut.addAll(read.leftOut());
    // of the unattributed certificates those that the entry brings now
    byEntry.computeIfPresent(
        id,
        (same, kept) ->
            former.byEntry().containsKey(id)
                ? kept
                : kept.stream().filter(read.certificates()::contains).toList());
  }

  // like an entry: while the Secret cannot be read, what it brought stays trusted
  private void imported(DesiredCertificate desired, Map<String, Waiting> waiting) {
    Optional<String> source = desired.source();
    if (source.isEmpty()) {
      return;
    }
    String id = AdditionalEntries.importId(source.get());
    byEntry.put(id, valid(former.byEntry().getOrDefault(id, List.of())));
    if (desired instanceof DesiredCertificate.Import wanted) {
      String place = "import, Secret '" + source.get() + "'";
      waiting.put(id, new Waiting(place + ", ca.crt", valid(wanted.offer().trust())));
      wanted.offer().leftOut().stream()
          .limit(AdditionalEntry.MOST_NAMED)
          .forEach(why -> leftOut.add(place + ": " + why));
      wanted.offer().trust().stream()
          .filter(c -> !AdditionalEntry.isValid(c, now))
          .limit(AdditionalEntry.MOST_NAMED)
          .forEach(c -> leftOut.add(place + ", ca.crt: " + AdditionalEntry.expired(c)));
    }
  }

  // an entry that grows does not displace the certificates of another one
  private void takeWhatFits(Map<String, Waiting> waiting) {
    waiting
        .entrySet()
        .removeIf(
            entry -> {
              SortedMap<String, List<X509Certificate>> with = new TreeMap<>(byEntry);
              with.put(entry.getKey(), entry.getValue().brought());
              boolean fits =
                  with.values().stream().flatMap(List::stream).distinct().mapToLong(Pem::size).sum()
                      <= AdditionalRoom.MOST;
              if (fits) {
                byEntry.put(entry.getKey(), entry.getValue().brought());
              }
              return fits;
            });
  }

  private List<X509Certificate> valid(List<X509Certificate> some) {
    return some.stream().filter(c -> AdditionalEntry.isValid(c, now)).toList();
  }

  /** The digest of certificates that is noted with them; empty if there are none. */
  public static String digest(List<X509Certificate> certificates) {
    return certificates.isEmpty() ? "" : Digests.of(Pem.write(certificates));
  }
}
