package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.Digests;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The certificates that each entry of a RootCA's {@code additionalTrust} brought, so that an entry
 * that cannot be read keeps its own and no others.
 *
 * @param byEntry by {@link #id}
 * @param unattributed certificates from a release that did not note their entries; each may be from
 *     any entry
 */
public record AdditionalEntries(
    SortedMap<String, List<X509Certificate>> byEntry, List<X509Certificate> unattributed) {
  private static final int ID_LENGTH = 32;

  /** Enough for 32 entries, each of which brings all of the most certificates that there are. */
  private static final int LONGEST_NOTE = 192 * 1024;

  private static final String ENTRY = "[0-9a-f]{" + ID_LENGTH + "}=[0-9]{1,4}(,[0-9]{1,4})*+";

  public AdditionalEntries {
    SortedMap<String, List<X509Certificate>> copy = new TreeMap<>();
    byEntry.forEach((id, some) -> copy.put(id, List.copyOf(some)));
    byEntry = Collections.unmodifiableSortedMap(copy);
    unattributed = List.copyOf(unattributed);
  }

  /** Certificates whose entries are all known. */
  public AdditionalEntries(SortedMap<String, List<X509Certificate>> byEntry) {
    this(byEntry, List.of());
  }

  /** Certificates whose entries are unknown. */
  static AdditionalEntries unattributed(List<X509Certificate> all) {
    return new AdditionalEntries(Collections.emptySortedMap(), all);
  }

  public static AdditionalEntries none() {
    return new AdditionalEntries(Collections.emptySortedMap());
  }

  /** Identifies an entry: by the object that it refers to, or by its inline text. */
  static String id(AdditionalTrust entry) {
    TrustInputRef map = entry.configMapRef();
    TrustInputRef secret = entry.secretRef();
    String source =
        map != null
            ? "ConfigMap\n" + map.name() + "\n" + map.key()
            : secret != null
                ? "Secret\n" + secret.name() + "\n" + secret.key()
                : "pem\n" + entry.pem();
    return id(source);
  }

  /** Identifies what an imported CA brings. */
  static String importId(String secretName) {
    return id("import\n" + secretName);
  }

  private static String id(String source) {
    return Digests.of(source)
        .substring(Digests.PREFIX.length(), Digests.PREFIX.length() + ID_LENGTH);
  }

  /**
   * The certificates of an entry, or those that may be; empty if there are none or the entry is
   * unknown.
   */
  List<X509Certificate> of(String id) {
    return byEntry.getOrDefault(id, unattributed);
  }

  /** All certificates, each once, in a deterministic order. */
  public List<X509Certificate> certificates() {
    SortedMap<String, X509Certificate> all = new TreeMap<>();
    byEntry.values().forEach(some -> some.forEach(c -> all.put(Fingerprint.of(c).text(), c)));
    return List.copyOf(all.values());
  }

  /** All certificates, whether their entries are known or not. */
  public Set<X509Certificate> everything() {
    Set<X509Certificate> all = new HashSet<>(unattributed);
    byEntry.values().forEach(all::addAll);
    return all;
  }

  /**
   * Without certificates that the CA itself trusts, trusted or distrusts: its rotation decides on
   * them.
   */
  public AdditionalEntries beside(CaGenerations generations) {
    Set<Fingerprint> own = new HashSet<>(generations.banned());
    for (CaGeneration generation : generations.generations()) {
      own.add(generation.fingerprint());
      own.add(Fingerprint.of(generation.anchor()));
    }
    SortedMap<String, List<X509Certificate>> others = new TreeMap<>();
    byEntry.forEach(
        (id, some) ->
            others.put(id, some.stream().filter(c -> !own.contains(Fingerprint.of(c))).toList()));
    return new AdditionalEntries(others);
  }

  /**
   * The note that goes with certificates and refers to them by position, from 0; empty if no entry
   * brought any.
   *
   * @param rootCAUid uid of the RootCA that has the entries
   */
  String note(String rootCAUid, List<X509Certificate> certificates) {
    List<String> parts = new ArrayList<>();
    Map<X509Certificate, Integer> positions = new HashMap<>();
    for (int i = 0; i < certificates.size(); i++) {
      positions.putIfAbsent(certificates.get(i), i);
    }
    byEntry.forEach(
        (id, some) -> {
          String places =
              some.stream()
                  .filter(positions::containsKey)
                  .map(positions::get)
                  .map(String::valueOf)
                  .collect(Collectors.joining(","));
          if (!places.isEmpty()) {
            parts.add(id + "=" + places);
          }
        });
    return parts.isEmpty() ? "" : rootCAUid + ";" + String.join(";", parts);
  }

  /**
   * Reads the note of one RootCA; a note of another one, even of the same name, yields no entries.
   */
  static AdditionalEntries parse(
      Optional<String> note, String rootCAUid, List<Optional<X509Certificate>> certificates) {
    SortedMap<String, List<X509Certificate>> byEntry = new TreeMap<>();
    List<String> parts =
        note.filter(text -> text.length() <= LONGEST_NOTE)
            .map(text -> Arrays.asList(text.split(";", -1)))
            .orElse(List.of());
    if (parts.isEmpty() || !parts.get(0).equals(rootCAUid)) {
      return none();
    }
    for (String part : parts.subList(1, parts.size())) {
      if (!part.matches(ENTRY)) {
        return none();
      }
      byEntry.put(
          part.substring(0, ID_LENGTH),
          Arrays.stream(part.substring(ID_LENGTH + 1).split(",", -1))
              .map(Integer::valueOf)
              .filter(place -> place < certificates.size())
              .flatMap(place -> certificates.get(place).stream())
              .toList());
    }
    return new AdditionalEntries(byEntry);
  }
}
