package dev.mtlsoperator.pki.encoding;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * The form of a file by its first bytes and outermost elements, for a message.
 *
 * @param inBase64 whether the file is the base64 of that form
 */
record Recognized(FileForm form, boolean inBase64) {
  /** Enough to recognize a form. */
  private static final int LOOKED_AT = 256 * 1024;

  /** Base64 of the smallest certificate or key has more. */
  private static final int SHORTEST_BASE64 = 60;

  private static final byte[] BEGIN = "-----BEGIN ".getBytes(StandardCharsets.US_ASCII);
  private static final int[] JAVA_KEYSTORES = {0xfeedfeed, 0xcececece};
  private static final int GZIP = 0x1f8b;

  /** That of a PEM block. */
  static Recognized block(FileForm form) {
    return new Recognized(form, false);
  }

  /** That of a file. */
  static Recognized of(byte[] content) {
    FileForm form = formOf(content);
    if (form != FileForm.TEXT) {
      return new Recognized(form, false);
    }
    return base64(content)
        .map(Recognized::formOf)
        .filter(inner -> inner != FileForm.TEXT && inner != FileForm.BINARY)
        .map(inner -> new Recognized(inner, true))
        .orElse(new Recognized(form, false));
  }

  private static FileForm formOf(byte[] file) {
    if (file.length == 0) {
      return FileForm.NOTHING;
    }
    if (isUtf16(file)) {
      return FileForm.UTF_16;
    }
    if (indexOf(file, BEGIN) >= 0) {
      return FileForm.PEM;
    }
    int first = file.length < Integer.BYTES ? 0 : ByteBuffer.wrap(file).getInt();
    if (Arrays.stream(JAVA_KEYSTORES).anyMatch(magic -> magic == first)) {
      return FileForm.JKS;
    }
    if (first >>> Short.SIZE == GZIP) {
      return FileForm.COMPRESSED;
    }
    return DerForm.of(file).orElseGet(() -> isText(file) ? textOrNothing(file) : FileForm.BINARY);
  }

  private static FileForm textOrNothing(byte[] file) {
    for (byte b : file) {
      if (b > ' ' || b < 0) {
        return FileForm.TEXT;
      }
    }
    return FileForm.NOTHING;
  }

  private static boolean isUtf16(byte[] file) {
    if (file.length < 4) {
      return false;
    }
    int mark = (file[0] & 0xff) << Byte.SIZE | (file[1] & 0xff);
    return mark == 0xfffe
        || mark == 0xfeff
        || (file[0] == 0 && file[1] > ' ' && file[2] == 0)
        || (file[0] > ' ' && file[1] == 0 && file[2] > ' ' && file[3] == 0);
  }

  private static boolean isText(byte[] file) {
    for (int i = 0; i < Math.min(file.length, LOOKED_AT); i++) {
      if (file[i] >= 0 && file[i] < '\t') {
        return false;
      }
    }
    return true;
  }

  static Optional<byte[]> base64(byte[] content) {
    int looked = Math.min(content.length, LOOKED_AT);
    String text = new String(content, 0, looked, StandardCharsets.ISO_8859_1).replaceAll("\\s", "");
    String whole = text.substring(0, text.length() - text.length() % 4);
    if (whole.length() < SHORTEST_BASE64) {
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getDecoder().decode(whole));
    } catch (IllegalArgumentException e) {
      // it is other text
      return Optional.empty();
    }
  }

  private static int indexOf(byte[] file, byte[] part) {
    for (int at = 0; at <= file.length - part.length; at++) {
      if (Arrays.equals(file, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    return -1;
  }

  /** What it is, and the command that makes of it what is needed. */
  String told(SuppliedFile.Use use) {
    String in = inBase64 ? "FILE.raw" : "FILE";
    String what = (inBase64 ? "base64 of " : "") + form.what();
    if (inBase64 && form == FileForm.PEM) {
      return what + ", encoded once too often: `base64 -d FILE > " + use.out() + "` decodes it";
    }
    return what
        + form.remedy(use)
            .map(
                command ->
                    ": "
                        + (inBase64 ? "`base64 -d FILE > FILE.raw`, then " : "")
                        + command.replace("FILE", in).replace("OUT", use.out()))
            .orElse(use.otherwise());
  }
}
