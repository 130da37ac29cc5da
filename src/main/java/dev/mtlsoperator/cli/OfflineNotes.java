package dev.mtlsoperator.cli;

import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.cli.revocation.IssuedNote;
import dev.mtlsoperator.rotation.leaf.TrustSources;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.SecretData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The notes that the program stores next to the files of a leaf; a Secret has them as annotations.
 *
 * @param digest of the files; empty: not known, so the files count as tampered with
 * @param revision number of certificates that were issued
 * @param layout digest of what the files were made from
 * @param additional digest of the trusted certificates that are not a CA's own
 * @param sources which CA each trusted certificate came from
 * @param renew value of the {@code renew} annotation that was honored last
 * @param issued the leaf's unexpired certificates as {@link IssuedNote} writes them; null: an
 *     earlier release wrote the notes, which did not list them
 */
record OfflineNotes(
    String digest,
    int revision,
    String layout,
    String additional,
    TrustSources sources,
    @Nullable String renew,
    @Nullable String issued) {
  /** Name of their file. */
  static final String FILE = ".mtls-operator";

  private static final String DIGEST = "digest";
  private static final String REVISION = "revision";
  private static final String LAYOUT = "layout";
  private static final String ADDITIONAL = "additional-trust";
  private static final String SOURCES = "trust-sources";
  private static final String RENEW = "renew";
  private static final String ISSUED = "issued";

  /** Reads the notes from a file; a file that cannot be parsed holds none. */
  static OfflineNotes parse(byte[] file) throws IOException {
    Properties notes = new Properties();
    try {
      notes.load(new ByteArrayInputStream(file));
    } catch (IllegalArgumentException e) {
      notes.clear();
    }
    String revision = notes.getProperty(REVISION, "");
    return new OfflineNotes(
        notes.getProperty(DIGEST, ""),
        revision.matches("[0-9]{1,9}") ? Integer.parseInt(revision) : 0,
        notes.getProperty(LAYOUT, ""),
        notes.getProperty(ADDITIONAL, ""),
        TrustSources.parse(notes.getProperty(SOURCES, "")),
        notes.getProperty(RENEW),
        notes.getProperty(ISSUED));
  }

  /** The notes as a file. */
  byte[] toFile() throws IOException {
    Properties notes = new Properties();
    notes.setProperty(DIGEST, digest);
    notes.setProperty(REVISION, Integer.toString(revision));
    notes.setProperty(LAYOUT, layout);
    if (!additional.isEmpty()) {
      notes.setProperty(ADDITIONAL, additional);
    }
    if (sources.isKnown()) {
      notes.setProperty(SOURCES, sources.text());
    }
    if (renew != null) {
      notes.setProperty(RENEW, renew);
    }
    if (issued != null) {
      notes.setProperty(ISSUED, issued);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    notes.store(out, null);
    return out.toByteArray();
  }

  /** The same for other files and another list of certificates. */
  OfflineNotes with(SortedMap<String, byte[]> files, List<IssuedCertificate> certificates) {
    return new OfflineNotes(
        digest(files), revision, layout, additional, sources, renew, IssuedNote.text(certificates));
  }

  /** Digest of all files in a folder except the notes. */
  static String digest(SortedMap<String, byte[]> files) {
    SortedMap<String, byte[]> content = new TreeMap<>(files);
    content.remove(FILE);
    return Digests.ofContent("files", new HashMap<>(SecretData.encode(content)));
  }
}
