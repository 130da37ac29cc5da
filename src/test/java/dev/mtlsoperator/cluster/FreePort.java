package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for programs that must be told theirs before they open it.
 *
 * <p>They are none of those that the kernel gives to connections and to sockets which asked for any
 * port (ip(7), {@code ip_local_port_range}): it would give one that is closed for a moment to the
 * next that asks.
 */
public final class FreePort {
  /** Above those that programs have by themselves: Envoy Gateway, 18000 to 19003. */
  private static final int LOWEST = 20_000;

  private static final int HIGHEST = 65_535;
  private static final int ENOUGH = 2_000;
  private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private static final Bounds BOUNDS = bounds();
  private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /** A port on which nobody listens, at no address, and which this JVM gets only once. */
  public static int next() {
    for (int attempt = 0; attempt < ENOUGH; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(BOUNDS.lowest(), BOUNDS.highest() + 1);
      if (TAKEN.add(port) && isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port in " + BOUNDS);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static Bounds bounds() {
    if (!Files.isReadable(EPHEMERAL)) {
      // as Linux has it where nobody sets it
      return outside(new Bounds(32_768, 60_999));
    }
    try (Scanner range = new Scanner(EPHEMERAL, StandardCharsets.US_ASCII)) {
      return outside(new Bounds(range.nextInt(), range.nextInt()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Bounds outside(Bounds ephemeral) {
    if (ephemeral.lowest() - LOWEST >= ENOUGH) {
      return new Bounds(LOWEST, ephemeral.lowest() - 1);
    }
    if (HIGHEST - ephemeral.highest() >= ENOUGH) {
      return new Bounds(ephemeral.highest() + 1, HIGHEST);
    }
    // nothing is left beside it
    return new Bounds(LOWEST, HIGHEST);
  }

  private record Bounds(int lowest, int highest) {}
}
