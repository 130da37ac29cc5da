package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.pki.CaPath;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The peers that read what is published: each reads at once, half way and as late as allowed.
 * Delays are in real time, so that clock jumps do not shorten them.
 */
final class SimulatedPeers {
  private final CaFactory workshop;
  private final List<Duration> delays;
  private final Map<String, List<View>> views = new TreeMap<>();
  private final Map<String, Duration> gone = new TreeMap<>();
  private final TreeSet<Duration> readings = new TreeSet<>();
  private long handshakes;

  /**
   * @param slowest the longest delay of a reader
   */
  SimulatedPeers(CaFactory workshop, Duration slowest) {
    this.workshop = workshop;
    delays = List.of(Duration.ZERO, slowest.dividedBy(2), slowest);
  }

  /** The content of an object since a moment of real time. */
  private record View(
      Duration since, List<X509Certificate> trust, @Nullable X509Certificate certificate) {}

  /** A peer that was refused: {@code client} does not know who signed the certificate. */
  record Refusal(String client, String server, X509Certificate certificate) {}

  /** Records a write; null if it contains no certificate. */
  void published(
      String name,
      List<X509Certificate> trust,
      @Nullable X509Certificate certificate,
      Duration elapsed) {
    views
        .computeIfAbsent(name, n -> new ArrayList<>())
        .add(new View(elapsed, List.copyOf(trust), certificate));
    gone.remove(name);
    readAgain(elapsed);
  }

  /** Records a deletion; peers that read the content use it as long as allowed. */
  void removed(String name, Duration elapsed) {
    if (views.containsKey(name)) {
      gone.put(name, elapsed.plus(slowest()));
    }
  }

  private void readAgain(Duration elapsed) {
    delays.forEach(delay -> readings.add(elapsed.plus(delay)));
  }

  private Duration slowest() {
    return delays.get(delays.size() - 1);
  }

  /** The next time at which a peer reads what was written before. */
  Optional<Duration> nextReading(Duration elapsed) {
    return Optional.ofNullable(readings.higher(elapsed));
  }

  /** Tries the handshakes between all peers. */
  List<Refusal> connect(Duration elapsed, Instant now) {
    forget(elapsed);
    Map<X509Certificate, String> presented = new LinkedHashMap<>();
    Map<List<X509Certificate>, String> bundles = new LinkedHashMap<>();
    long servers = 0;
    long clients = 0;
    for (Map.Entry<String, List<View>> party : views.entrySet()) {
      for (Duration delay : delays) {
        View view = at(party.getValue(), elapsed.minus(delay));
        bundles.putIfAbsent(view.trust(), party.getKey());
        clients++;
        X509Certificate certificate = view.certificate();
        if (certificate != null && isValid(certificate, now)) {
          presented.putIfAbsent(certificate, party.getKey());
          servers++;
        }
      }
    }
    handshakes += servers * clients;
    List<Refusal> refusals = new ArrayList<>();
    presented.forEach(
        (certificate, server) ->
            bundles.forEach(
                (trust, client) -> {
                  if (!workshop.isAccepted(certificate, trust, now)) {
                    refusals.add(new Refusal(client, server, certificate));
                  }
                }));
    return refusals;
  }

  /** Whether any peer still uses a certificate of that issuer. */
  boolean uses(CaPath issuer, Duration elapsed, Instant now) {
    return views.values().stream()
        .flatMap(all -> delays.stream().map(delay -> at(all, elapsed.minus(delay))))
        .map(View::certificate)
        .anyMatch(c -> c != null && isValid(c, now) && workshop.issuer(c).equals(issuer));
  }

  private static boolean isValid(X509Certificate certificate, Instant now) {
    return now.isBefore(certificate.getNotAfter().toInstant());
  }

  // the first version is read at once
  private static View at(List<View> views, Duration time) {
    View found = views.get(0);
    for (View view : views) {
      if (view.since().compareTo(time) <= 0) {
        found = view;
      }
    }
    return found;
  }

  // no peer reads older ones any more
  private void forget(Duration elapsed) {
    Duration oldest = elapsed.minus(slowest());
    gone.entrySet()
        .removeIf(
            one -> {
              boolean over = one.getValue().compareTo(elapsed) < 0;
              if (over) {
                views.remove(one.getKey());
              }
              return over;
            });
    views
        .values()
        .forEach(
            all -> {
              while (all.size() > 1 && all.get(1).since().compareTo(oldest) <= 0) {
                all.remove(0);
              }
            });
    readings.headSet(elapsed).clear();
  }

  long handshakes() {
    return handshakes;
  }
}
