package dev.mtlsoperator.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Lets one run at a time work on an output folder. */
final class OutputLock {
  /** Name of the lock's file in the output folder. */
  static final String FILE = ".lock";

  private OutputLock() {}

  /** What a run does with the output folder. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Does work while no other run works on the folder; creates the folder if it is missing.
   *
   * @throws UserError when another run holds the lock
   */
  static <T> T holding(Path output, Work<T> work) throws IOException {
    AtomicDirectory.createOutput(output);
    try (FileChannel channel =
        FileChannel.open(
            output.resolve(FILE),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      if (!lock(channel)) {
        throw new UserError(output + " is in use by another run: wait until it ends");
      }
      return work.run();
    }
  }

  // until the channel is closed
  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }
}
