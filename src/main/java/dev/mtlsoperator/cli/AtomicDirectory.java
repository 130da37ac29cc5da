package dev.mtlsoperator.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The folder of one resource below the output folder. It is replaced as a whole: a complete sibling
 * is written first, then both are renamed. The next run repairs what a run that was interrupted
 * between the two renames left behind. Symbolic links are never followed.
 */
final class AtomicDirectory {
  /** The format of {@link UUID}. */
  private static final Pattern UNFINISHED =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** In bytes; this program writes no larger files. */
  private static final int LARGEST = 4 * 1024 * 1024;

  private final Path output;
  private final Path parent;
  private final Path path;

  /**
   * @param output the folder that the user named
   * @param steps names of the folders below it, down to this one
   */
  AtomicDirectory(Path output, String... steps) {
    this.output = output;
    Path above = output;
    for (int i = 0; i < steps.length - 1; i++) {
      above = above.resolve(steps[i]);
    }
    this.parent = above;
    this.path = above.resolve(steps[steps.length - 1]);
  }

  Path path() {
    return path;
  }

  /**
   * Reads the files by name; none when the folder does not exist. Repairs first what an interrupted
   * run left behind.
   */
  SortedMap<String, byte[]> read() throws IOException {
    requireNoLinks();
    recover();
    SortedMap<String, byte[]> files = new TreeMap<>();
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (Path file : list(path)) {
        files.put(file.getFileName().toString(), content(file));
      }
    }
    return files;
  }

  /**
   * Replaces the whole content of the folder, or nothing of it.
   *
   * @param open names of the files that everybody may read; all others have mode 0600
   */
  void replace(Map<String, byte[]> files, Set<String> open) throws IOException {
    requireNoLinks();
    createParents();
    Path fresh = sibling("new-" + UUID.randomUUID());
    FreshFiles.createFolder(fresh);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path target = fresh.resolve(file.getKey());
      if (open.contains(file.getKey())) {
        FreshFiles.writePublic(target, file.getValue());
      } else {
        FreshFiles.writePrivate(target, file.getValue());
      }
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(path, sibling("old"), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
    sync(parent);
    delete(sibling("old"));
  }

  // "old" without the folder itself: interrupted between the two renames
  private void recover() throws IOException {
    if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Path old = sibling("old");
    requireFolder(old);
    if (Files.exists(old, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        delete(old);
      } else {
        Files.move(old, path, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    for (Path left : list(parent)) {
      if (isUnfinished(left)) {
        delete(left);
      }
    }
  }

  // the whole name: a resource may be named a.new-b
  private boolean isUnfinished(Path candidate) {
    String begin = sibling("new-").getFileName().toString();
    String name = candidate.getFileName().toString();
    return name.startsWith(begin) && UNFINISHED.matcher(name.substring(begin.length())).matches();
  }

  private Path sibling(String suffix) {
    // no resource's name starts with a dot
    return path.resolveSibling("." + path.getFileName() + "." + suffix);
  }

  private void requireNoLinks() {
    Path step = output;
    requireFolder(step);
    for (Path name : output.relativize(path)) {
      step = step.resolve(name);
      requireFolder(step);
    }
  }

  private static void requireFolder(Path step) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(step, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isSymbolicLink()) {
        throw new UserError(
            step
                + " is a symbolic link: links are not followed; name the folder itself, or remove the link");
      }
      if (!attributes.isDirectory()) {
        throw new UserError(step + " is not a folder: move it away");
      }
    } catch (NoSuchFileException e) {
      // it will be created
    } catch (IOException e) {
      throw new UserError(step + " cannot be read: " + e.getMessage());
    }
  }

  private void createParents() throws IOException {
    createOutput(output);
    Path step = output;
    for (Path name : output.relativize(parent)) {
      step = step.resolve(name);
      createIfMissing(step);
    }
  }

  /** Creates the output folder, and its parents with the user's default mode. */
  static void createOutput(Path output) throws IOException {
    Path above = output.toAbsolutePath().getParent();
    if (above == null) {
      throw new UserError(output + " cannot be the output folder: name one below it");
    }
    Files.createDirectories(above);
    createIfMissing(output);
  }

  private static void createIfMissing(Path folder) throws IOException {
    try {
      FreshFiles.createFolder(folder);
    } catch (FileAlreadyExistsException e) {
      requireFolder(folder);
    }
  }

  private static byte[] content(Path file) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()) {
      throw new UserError(file + " is not a plain file: links are not followed; remove it");
    }
    if (attributes.size() > LARGEST) {
      throw new UserError(file + " is larger than anything that is written here: move it away");
    }
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      ByteBuffer buffer = ByteBuffer.allocate((int) attributes.size());
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // until all is read
      }
      return buffer.array();
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(all::add);
    }
    return all;
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (Path inside : list(path)) {
        delete(inside);
      }
    }
    Files.deleteIfExists(path);
  }
}
