package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.api.ca.ObjectMetadata;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Owners;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.Templates;
import dev.mtlsoperator.secret.Templates.Part;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the Secret {@code <name>-crl}, which remembers the CRLs of a RootCA's
 * generations, until when each entry is needed, and which ones were left out since then. A CRL in
 * it counts by its own signature; the seal vouches for the rest.
 */
public final class CrlRecord {
  /** The ends of revoked certificates: generation, serial number and time in each line. */
  private static final String ENDS = "ends";

  /** Revoked certificates that were over when the CRL was signed: generation and entry. */
  private static final String UNLISTED = "unlisted";

  /** The API server takes 1 MiB of values. */
  private static final int MOST_BYTES = 1_000_000;

  private static final Pattern CRL = Pattern.compile("([1-9][0-9]{0,8})\\.crl");

  private CrlRecord() {}

  /** What was found under the name of the record. */
  public sealed interface Found {
    /** Nothing. */
    record Absent() implements Found {}

    /** A Secret of somebody else. */
    record Foreign() implements Found {}

    /**
     * The record.
     *
     * @param crls as it claims: no signature is checked
     * @param sealed whether the operator wrote it as it is
     */
    record Ours(KnownCrls crls, boolean sealed) implements Found {}
  }

  /** Name of the Secret. */
  public static String name(String rootCA) {
    return rootCA + "-crl";
  }

  /**
   * The Secret to write.
   *
   * @param replaced the live record, or null. Labels, annotations, finalizers and owners of others
   *     stay, and its resourceVersion guards the write
   */
  public static Secret of(RootCA ca, KnownCrls crls, @Nullable Secret replaced, Seal seal) {
    Map<String, String> data = SecretData.encode(files(crls));
    ObjectMetadata template = ca.getSpec().objectMetadata();
    Map<String, String> labels = Templates.others(replaced, Part.LABELS);
    labels.putAll(template.labels());
    labels.putAll(Owners.labels(ca));
    Map<String, String> annotations =
        new HashMap<>(Templates.added(Templates.others(replaced, Part.ANNOTATIONS), template));
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(ca.getMetadata().getNamespace())
            .withName(name(ca.getMetadata().getName()))
            .withResourceVersion(
                replaced == null ? null : replaced.getMetadata().getResourceVersion())
            .withFinalizers(replaced == null ? null : replaced.getMetadata().getFinalizers())
            .withLabels(labels)
            .withOwnerReferences(Owners.beside(replaced, Owners.of(ca)))
            .endMetadata()
            .withType(Keys.TYPE_CRL)
            .withData(data)
            .build();
    annotations.put(Keys.SEAL, seal(ca.getMetadata().getName(), secret, seal));
    secret.getMetadata().setAnnotations(annotations);
    return secret;
  }

  /**
   * The CRLs, and of the rest as much as a Secret can hold: what is listed without its end stays
   * listed, and what was over is remembered last.
   */
  private static SortedMap<String, byte[]> files(KnownCrls crls) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    crls.newest().forEach((number, crl) -> files.put(number + ".crl", crl.der()));
    Room room = new Room(MOST_BYTES - files.values().stream().mapToInt(der -> der.length).sum());
    StringBuilder ends = new StringBuilder();
    StringBuilder unlisted = new StringBuilder();
    crls.newest()
        .forEach(
            (number, crl) ->
                crls.endsOf(number)
                    .forEach(
                        (serial, end) -> {
                          String line = end(number, serial, end);
                          if (crl.entries().containsKey(serial) && room.takes(line)) {
                            ends.append(line);
                          }
                        }));
    crls.newest()
        .keySet()
        .forEach(
            number ->
                crls.unlistedOf(number)
                    .forEach(
                        (serial, entry) -> {
                          Instant end = crls.endsOf(number).get(serial);
                          String line = number + " " + entry.text() + "\n";
                          String itsEnd = end == null ? "" : end(number, serial, end);
                          if (room.takes(line + itsEnd)) {
                            unlisted.append(line);
                            ends.append(itsEnd);
                          }
                        }));
    files.put(ENDS, ends.toString().getBytes(StandardCharsets.UTF_8));
    if (!unlisted.isEmpty()) {
      files.put(UNLISTED, unlisted.toString().getBytes(StandardCharsets.UTF_8));
    }
    return files;
  }

  private static String end(int generation, BigInteger serial, Instant end) {
    return generation + " " + SerialNumber.text(serial) + " " + end + "\n";
  }

  /** The bytes that are left in a Secret. */
  private static final class Room {
    private int left;

    Room(int left) {
      this.left = left;
    }

    boolean takes(String ascii) {
      if (ascii.length() > left) {
        return false;
      }
      left -= ascii.length();
      return true;
    }
  }

  /** Judges the Secret (null: none) under the name of the record, live or as cached. */
  public static Found judge(RootCA ca, @Nullable Secret found, Seal seal) {
    if (found == null) {
      return new Found.Absent();
    }
    if (!Keys.TYPE_CRL.equals(found.getType())
        || !Templates.has(Part.LABELS.of(found), Owners.labels(ca))) {
      return new Found.Foreign();
    }
    boolean sealed = isSealed(ca.getMetadata().getName(), found, seal);
    return new Found.Ours(
        new KnownCrls(
            crls(found), sealed ? unlisted(found) : Map.of(), sealed ? ends(found) : Map.of()),
        sealed);
  }

  /** Whether a record is written as these CRLs ask. */
  public static boolean isCurrent(RootCA ca, Secret found, KnownCrls crls, Seal seal) {
    Secret wanted = of(ca, crls, null, seal);
    ObjectMetadata template = ca.getSpec().objectMetadata();
    return SecretData.digest(wanted).equals(SecretData.digest(found))
        && isSealed(ca.getMetadata().getName(), found, seal)
        && Templates.isCurrent(found, template.labels(), template.annotations())
        && Owners.same(found.getMetadata().getOwnerReferences(), Owners.of(ca));
  }

  /** Whether the operator wrote a Secret as the record of that RootCA. */
  public static boolean isSealed(String rootCA, Secret found, Seal seal) {
    return found.getMetadata().getName().equals(name(rootCA))
        && Keys.TYPE_CRL.equals(found.getType())
        && Seal.matches(
            SecretData.annotation(found, Keys.SEAL).orElse(null), seal(rootCA, found, seal));
  }

  private static String seal(String rootCA, Secret secret, Seal seal) {
    return seal.ofCrls(secret.getMetadata().getNamespace(), rootCA, SecretData.digest(secret));
  }

  /** The CRLs in a record, as it claims: no signature is checked. */
  public static SortedMap<Integer, Crl> crls(Secret found) {
    SortedMap<Integer, Crl> crls = new TreeMap<>();
    if (found.getData() != null) {
      for (String key : found.getData().keySet()) {
        Matcher matcher = CRL.matcher(key);
        if (matcher.matches()) {
          SecretData.bytes(found, key)
              .flatMap(CrlRecord::crl)
              .ifPresent(crl -> crls.put(Integer.valueOf(matcher.group(1)), crl));
        }
      }
    }
    return crls;
  }

  // others can write anything there: what is no CRL counts as missing
  private static Optional<Crl> crl(byte[] der) {
    try {
      return Optional.of(Crl.parse(der));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  private static Map<Integer, SortedMap<BigInteger, RevokedCertificate>> unlisted(Secret sealed) {
    Map<Integer, SortedMap<BigInteger, RevokedCertificate>> unlisted = new HashMap<>();
    SecretData.text(sealed, UNLISTED)
        .ifPresent(
            text ->
                text.lines()
                    .map(line -> line.split(" ", 2))
                    .filter(parts -> parts.length == 2)
                    .forEach(
                        parts -> {
                          RevokedCertificate entry = RevokedCertificate.parse(parts[1]);
                          unlisted
                              .computeIfAbsent(Integer.valueOf(parts[0]), number -> new TreeMap<>())
                              .put(entry.serialNumber(), entry);
                        }));
    return unlisted;
  }

  private static Map<Integer, SortedMap<BigInteger, Instant>> ends(Secret sealed) {
    Map<Integer, SortedMap<BigInteger, Instant>> ends = new HashMap<>();
    SecretData.text(sealed, ENDS)
        .ifPresent(
            text ->
                text.lines()
                    .map(line -> line.split(" ", 3))
                    .filter(parts -> parts.length == 3)
                    .forEach(
                        parts ->
                            ends.computeIfAbsent(
                                    Integer.valueOf(parts[0]), number -> new TreeMap<>())
                                .put(SerialNumber.parse(parts[1]), Instant.parse(parts[2]))));
    return ends;
  }
}
