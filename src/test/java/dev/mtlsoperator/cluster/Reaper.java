package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;

/**
 * A small shell process that outlives a killed JVM: when its standard input ends unexpectedly, it
 * kills the registered processes, latest first, and removes the folder. (A parent-death signal does
 * not suffice: it follows the thread that forked, not the JVM.)
 */
final class Reaper implements AutoCloseable {
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      pids=' '
      while read -r word pid; do
        case $word in
          add) pids=" $pid$pids" ;;
          remove) pids="${pids%% $pid *} ${pids#* $pid }" ;;
          done) exit 0 ;;
        esac
      done
      for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
      for i in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf "$0" 2>/dev/null
        [ -e "$0" ] || exit 0
        sleep 0.5
      done
      """;

  private final Process shell;
  private final Writer words;

  /** Watches over {@code folder}, which is removed when the JVM dies before {@link #close}. */
  Reaper(Path folder) {
    try {
      shell =
          new ProcessBuilder("setsid", "sh", "-c", SCRIPT, folder.toString())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the shell that watches over the cluster", e);
    }
    words = shell.outputWriter();
  }

  void add(long pid) {
    say("add " + pid);
  }

  void remove(long pid) {
    say("remove " + pid);
  }

  /** Ends the watch; the caller is again responsible for processes and folder. */
  @Override
  public void close() {
    say("done");
    shell.onExit().join();
  }

  private synchronized void say(String sentence) {
    try {
      words.write(sentence + "\n");
      words.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the shell that watches over the cluster is gone", e);
    }
  }
}
