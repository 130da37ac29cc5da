package dev.mtlsoperator.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A TLS peer that uses the files that it read last, and reads new ones with a delay. */
public final class TlsPeer {
  private final String name;
  private final Duration delay;
  private final Optional<Path> folder;
  private final AtomicInteger versions = new AtomicInteger();
  private final AtomicReference<@Nullable SSLContext> context = new AtomicReference<>();

  /**
   * @param name of the Secret or ConfigMap that it reads
   * @param folder where the content is written as files
   */
  public TlsPeer(String name, Duration delay, Optional<Path> folder) {
    this.name = name;
    this.delay = delay;
    this.folder = folder;
  }

  /** A peer in this JVM. */
  public static TlsPeer java(String name, Duration delay) {
    return new TlsPeer(name, delay, Optional.empty());
  }

  String name() {
    return name;
  }

  /** The name by which other peers verify it. */
  public String host() {
    return name + ".example.org";
  }

  Duration delay() {
    return delay;
  }

  public Path folder() {
    return folder.orElseThrow();
  }

  boolean hasRead() {
    return versions.get() > 0;
  }

  void read(TlsFiles files) {
    try {
      if (folder.isPresent()) {
        files.write(folder.get(), versions.get() + 1);
      } else {
        context.set(files.context());
      }
      versions.incrementAndGet();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public SSLContext context() {
    SSLContext now = context.get();
    if (now == null) {
      throw new IllegalStateException(name + " has read nothing yet");
    }
    return now;
  }

  @Override
  public String toString() {
    return name + " (reads after " + delay.toMillis() + " ms)";
  }
}
