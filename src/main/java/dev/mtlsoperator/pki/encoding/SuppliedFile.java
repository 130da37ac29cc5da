package dev.mtlsoperator.pki.encoding;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file that somebody else wrote, in which PEM is expected. What is no PEM is recognized by its
 * form, so that a message can say what it is and how to convert it. No message quotes it.
 */
public final class SuppliedFile {
  /** PKCS#8, PKCS#1 and SEC1. */
  private static final Set<String> KEYS =
      Set.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY");

  /** One for each CA that is trusted. */
  private static final int MOST_REVOCATION_LISTS = 64;

  private final byte[] content;

  private SuppliedFile(byte[] content) {
    this.content = content;
  }

  /** What a file is needed for. */
  public enum Use {
    CERTIFICATES("certificate", "tls.crt"),
    PRIVATE_KEY("unencrypted private key", "tls.key"),
    REVOCATION_LISTS("certificate revocation list", "ca.crl");

    private final String what;
    private final String out;

    Use(String what, String out) {
      this.what = what;
      this.out = out;
    }

    /** That it is nothing else. */
    String otherwise() {
      return ", and no " + (this == PRIVATE_KEY ? "private key" : what);
    }

    /** The file in which it is needed. */
    String out() {
      return out;
    }
  }

  public static SuppliedFile of(byte[] content) {
    return new SuppliedFile(content.clone());
  }

  public static SuppliedFile of(String text) {
    return new SuppliedFile(text.getBytes(StandardCharsets.UTF_8));
  }

  /** How many bytes it has. */
  public int length() {
    return content.length;
  }

  /**
   * Its text, which holds at least one PEM block.
   *
   * @throws PkiException if it does not; the message says what it is, and how to convert it
   */
  public String pem(Use use) {
    Recognized found = Recognized.of(content);
    if (found.form() != FileForm.PEM || found.inBase64()) {
      throw new PkiException(
          found.form() == FileForm.TEXT || found.form() == FileForm.NOTHING
              ? "there is no " + use.what + " in the PEM text: it is " + found.form().what()
              : "it is " + found.told(use));
    }
    return new String(content, StandardCharsets.UTF_8);
  }

  /**
   * What stands in the CERTIFICATE blocks, none of which is parsed; keys and requests among them
   * are passed over.
   *
   * @throws PkiException if there is none, or something else that was meant to be one
   */
  public List<byte[]> certificates() {
    List<byte[]> all = new ArrayList<>();
    Optional<FileForm> other = Optional.empty();
    for (PemBlocks.Block block : PemBlocks.of(pem(Use.CERTIFICATES))) {
      if (Pem.isCertificate(block)) {
        all.add(Pem.decoded(block.body()));
        continue;
      }
      FileForm form = FileForm.ofBlock(block).orElse(FileForm.PRIVATE_KEY);
      if (form == FileForm.TRUSTED_CERTIFICATE || form == FileForm.PKCS7) {
        throw new PkiException("it holds " + Recognized.block(form).told(Use.CERTIFICATES));
      }
      other = other.or(() -> Optional.of(form));
    }
    if (all.isEmpty()) {
      throw new PkiException(
          "there is no certificate in the PEM text"
              + other.map(form -> ": it holds " + alone(form)).orElse(""));
    }
    return all;
  }

  /**
   * The CRLs in DER, none of which is parsed: those in the X509 CRL blocks, or the file itself.
   *
   * @throws PkiException if there is none, or anything else beside them
   */
  public List<byte[]> revocationLists() {
    if (DerForm.of(content).equals(Optional.of(FileForm.CRL))) {
      return List.of(content.clone());
    }
    List<PemBlocks.Block> blocks =
        PemBlocks.of(pem(Use.REVOCATION_LISTS), CrlLimits.LONGEST, MOST_REVOCATION_LISTS);
    for (PemBlocks.Block block : blocks) {
      Optional<FileForm> form = FileForm.ofBlock(block);
      if (form.isEmpty() || form.get() != FileForm.CRL) {
        throw new PkiException(
            "it holds "
                + (Pem.isCertificate(block)
                    ? "a certificate"
                    : form.map(FileForm::what).orElse("a block of another kind"))
                + Use.REVOCATION_LISTS.otherwise()
                + ": only X509 CRL blocks may stand here");
      }
    }
    if (blocks.isEmpty()) {
      throw new PkiException("there is no certificate revocation list in the PEM text");
    }
    return blocks.stream().map(block -> Pem.decoded("an X509 CRL", block.body())).toList();
  }

  /** One block where certificates are expected. */
  public static final class Entry {
    private final PemBlocks.Block block;

    private Entry(PemBlocks.Block block) {
      this.block = block;
    }

    /**
     * The bytes of a CERTIFICATE block, which are not parsed.
     *
     * @throws PkiException if it is another block, or no base64
     */
    public byte[] der() {
      if (!Pem.isCertificate(block)) {
        throw new PkiException(
            "it is "
                + FileForm.ofBlock(block)
                    .map(form -> Recognized.block(form).told(Use.CERTIFICATES))
                    .orElse("a block of another kind, and no certificate"));
      }
      return Pem.decoded(block.body());
    }
  }

  /**
   * All blocks, of which each is to be judged by itself.
   *
   * @throws PkiException if there is none, one is cut off, or one is a private key
   */
  public List<Entry> entries() {
    List<PemBlocks.Block> blocks = PemBlocks.of(pem(Use.CERTIFICATES));
    if (blocks.isEmpty()) {
      throw new PkiException("there is no certificate in the PEM text");
    }
    if (blocks.stream().anyMatch(block -> block.label().contains("PRIVATE KEY"))) {
      throw new PkiException(
          "there is a private key in the PEM text: only CERTIFICATE blocks may stand here");
    }
    return blocks.stream().map(Entry::new).toList();
  }

  private static List<PemBlocks.Block> keyBlocks(String pem) {
    try {
      return PemBlocks.of(pem);
    } catch (PkiException e) {
      throw new PkiException("the private key cannot be read: " + e.getMessage());
    }
  }

  // a PEM block is not "in DER"
  private static String alone(FileForm form) {
    return form == FileForm.PRIVATE_KEY
        ? "a private key"
        : Recognized.block(form).told(Use.CERTIFICATES);
  }

  /**
   * Whether it holds certificates and nothing secret, so that it can be told what it is, even to
   * those who may not read it.
   */
  public boolean isPublic() {
    Recognized found = Recognized.of(content);
    return switch (found.form()) {
      case PEM -> isPublic(new String(raw(found), StandardCharsets.UTF_8));
      case UTF_16 -> isPublic(new String(raw(found), StandardCharsets.UTF_16));
      default -> found.form().isPublic();
    };
  }

  private static boolean isPublic(String text) {
    return text.contains("CERTIFICATE-----") && !text.contains("PRIVATE KEY");
  }

  private byte[] raw(Recognized found) {
    return found.inBase64() ? Recognized.base64(content).orElse(content) : content;
  }

  /**
   * One private key that is not encrypted, as it stands in the file.
   *
   * @param kind {@code PRIVATE KEY}, {@code RSA PRIVATE KEY} or {@code EC PRIVATE KEY}
   */
  public record KeyBlock(String kind, String base64) {
    @Override
    public String toString() {
      return "KeyBlock[" + kind + ", withheld]";
    }
  }

  /**
   * The private keys, wherever they stand; certificates and parameters beside them are passed over.
   *
   * @throws PkiException if there is none that is not encrypted; the message says what there is
   */
  public List<KeyBlock> privateKeys() {
    List<KeyBlock> keys = new ArrayList<>();
    Optional<String> other = Optional.empty();
    for (PemBlocks.Block block : keyBlocks(pem(Use.PRIVATE_KEY))) {
      Optional<FileForm> form = FileForm.ofBlock(block);
      if (form.isEmpty() && KEYS.contains(block.label())) {
        keys.add(new KeyBlock(block.label(), block.body()));
      } else if (other.isEmpty() || form.filter(FileForm::isLockedKey).isPresent()) {
        other =
            Optional.of(
                form.map(it -> Recognized.block(it).told(Use.PRIVATE_KEY))
                    .orElse(
                        Pem.isCertificate(block)
                            ? "a certificate, and no private key"
                            : "another block, and no private key that is supported"));
      }
    }
    if (keys.isEmpty()) {
      throw new PkiException(
          "there is no unencrypted private key in the PEM text: it holds "
              + other.orElse("no block"));
    }
    return keys;
  }

  @Override
  public String toString() {
    return "SuppliedFile[" + content.length + " bytes, withheld]";
  }
}
