package dev.mtlsoperator.pki.encoding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the blocks of a PEM text (RFC 7468 section 3). Text around them is explanatory and skipped,
 * also if it holds dashes (section 2); what was meant to be a block and is none is an error. The
 * time is linear in the text.
 */
final class PemBlocks {
  /** More than certificates fit into {@link Pem#LONGEST}. */
  private static final int MOST = 2_000;

  /** A boundary. Labels have capital letters, so that a title in words is none. */
  private static final Pattern BOUNDARY =
      Pattern.compile("-----(BEGIN|END) ([A-Z0-9][A-Z0-9 .#/]{0,63})-----");

  /** A boundary at the start of a line that is cut off; one in full is a {@link #BOUNDARY}. */
  private static final Pattern CUT_OFF = Pattern.compile("-----(BEGIN|END)( [^-]{0,64})?-{0,4}");

  /**
   * Base64 of DER outside of a block: a SEQUENCE of more than 127 bytes, as each certificate is.
   */
  private static final Pattern ORPHAN = Pattern.compile("MI[A-Za-z0-9+/=]{46}");

  /** A line of text is looked at so far. */
  private static final int LONGEST_COMMENT = 256;

  private final String text;
  private final int most;
  private final Matcher boundary;
  private final List<Block> blocks = new ArrayList<>();

  /** How far the text is read: all blocks before are in {@link #blocks}. */
  private int read;

  private PemBlocks(String text, int most) {
    this.text = text;
    this.most = most;
    this.boundary = BOUNDARY.matcher(text);
  }

  /**
   * One block.
   *
   * @param label such as {@code CERTIFICATE}
   * @param body what stands between its boundaries
   */
  record Block(String label, String body) {
    @Override
    public String toString() {
      return "Block[" + label + ", body withheld]";
    }
  }

  /**
   * The blocks of a text, in order; empty if there are none.
   *
   * @throws PkiException if a block is cut off or garbled, or there is too much text
   */
  static List<Block> of(String text) {
    return of(text, Pem.LONGEST, MOST);
  }

  /**
   * The same within other bounds.
   *
   * @param longest in characters
   * @param most blocks
   */
  static List<Block> of(String text, int longest, int most) {
    if (text.length() > longest) {
      throw new PkiException(
          "the PEM text is too long: at most " + longest + " characters are read");
    }
    PemBlocks all = new PemBlocks(text, most);
    all.read();
    return all.blocks;
  }

  private void read() {
    int explained = 0;
    while (boundary.find()) {
      int begin = boundary.start();
      boolean alone = isAlone(begin, explained);
      if (!alone && !isBlock(begin)) {
        continue;
      }
      requireText(begin);
      String label = boundary.group(2);
      int body = boundary.end();
      if (!boundary.group(1).equals("BEGIN")) {
        throw garbled("-----END " + label + "----- ends nothing that began", begin);
      }
      if (!boundary.find() || !isEnd(label)) {
        throw garbled("-----BEGIN " + label + "----- is not followed by its end", begin);
      }
      if (blocks.size() == most) {
        throw new PkiException("the PEM text holds more than " + most + " blocks");
      }
      blocks.add(new Block(label, text.substring(body, boundary.start())));
      read = boundary.end();
      explained = read;
    }
    requireText(text.length());
  }

  private boolean isEnd(String label) {
    return boundary.group(1).equals("END") && boundary.group(2).equals(label);
  }

  // on a line of its own, or after the end of another block
  private boolean isAlone(int at, int from) {
    for (int i = at - 1; i >= from; i--) {
      if (isLineEnd(i)) {
        return true;
      }
      if (!Pem.isBlank(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  // within a line it is one if no comment mentions it and its end follows
  private boolean isBlock(int begin) {
    if (isComment(begin) || !boundary.group(1).equals("BEGIN")) {
      return false;
    }
    Matcher next = BOUNDARY.matcher(text);
    return next.find(boundary.end())
        && next.group(1).equals("END")
        && next.group(2).equals(boundary.group(2));
  }

  private boolean isComment(int at) {
    int line = at;
    int first = Math.max(read, at - LONGEST_COMMENT);
    while (line > first && !isLineEnd(line - 1)) {
      line--;
    }
    String before = text.substring(line, at).strip();
    return before.startsWith("#") || before.startsWith("//") || before.startsWith(";");
  }

  /** Refuses text around blocks that was meant to be one. */
  private void requireText(int end) {
    Matcher orphan = ORPHAN.matcher(text).region(read, end);
    while (orphan.find()) {
      boolean word = orphan.start() == read || !isBase64(text.charAt(orphan.start() - 1));
      if (word && !isComment(orphan.start())) {
        throw garbled(
            "base64 stands outside of -----BEGIN …----- and -----END …-----", orphan.start());
      }
    }
    for (int at = text.indexOf("-----", read); at >= 0 && at < end; at = dashes(at, end)) {
      if (isAlone(at, read) && CUT_OFF.matcher(line(at, end)).matches()) {
        throw garbled("a boundary is not complete", at);
      }
    }
  }

  // the next line of dashes
  private int dashes(int after, int end) {
    int next = after;
    while (next < end && !isLineEnd(next)) {
      next++;
    }
    return text.indexOf("-----", next);
  }

  private String line(int from, int most) {
    int end = from;
    while (end < most && end - from < LONGEST_COMMENT && !isLineEnd(end)) {
      end++;
    }
    return text.substring(from, end).strip();
  }

  private boolean isLineEnd(int at) {
    return text.charAt(at) == '\n' || text.charAt(at) == '\r';
  }

  private static boolean isBase64(char c) {
    return c < 0x80 && (Character.isLetterOrDigit(c) || c == '+' || c == '/');
  }

  private PkiException garbled(String why, int at) {
    int line = 1;
    for (int i = 0; i < at; i++) {
      boolean half = text.charAt(i) == '\r' && text.charAt(i + 1) == '\n';
      if (isLineEnd(i) && !half) {
        line++;
      }
    }
    return new PkiException(
        "the PEM text holds a block that is cut off or garbled: in line " + line + ", " + why);
  }
}
