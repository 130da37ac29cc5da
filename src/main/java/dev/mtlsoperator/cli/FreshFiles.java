package dev.mtlsoperator.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Makes files and folders that have their mode from their beginning; none may be there before. */
public final class FreshFiles {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FOLDER = mode("rwx------");
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE = mode("rw-------");
  private static final FileAttribute<Set<PosixFilePermission>> PUBLIC_FILE = mode("rw-r--r--");

  private FreshFiles() {}

  private static FileAttribute<Set<PosixFilePermission>> mode(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  /** A folder of mode 0700. */
  public static void createFolder(Path folder) throws IOException {
    Files.createDirectory(folder, PRIVATE_FOLDER);
  }

  /** A file of mode 0600, which is on the disk when this returns. */
  public static void writePrivate(Path file, byte[] content) throws IOException {
    write(file, content, PRIVATE_FILE);
  }

  /** A file that everybody may read. */
  static void writePublic(Path file, byte[] content) throws IOException {
    write(file, content, PUBLIC_FILE);
  }

  private static void write(Path file, byte[] content, FileAttribute<?> mode) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            mode)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }
}
