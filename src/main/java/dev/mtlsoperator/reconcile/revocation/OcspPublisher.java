package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.PublishedCrls;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.Sweep;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lets an OCSP responder answer for each generation of a RootCA with {@code revocation.ocsp} that
 * has a CRL. A Service sends requests to each replica and only the leader reconciles, so this does
 * not depend on reconciliations: every second it compares the caches, which each replica has, with
 * what is published. That costs no request; the key of a generation is read when its responder's
 * certificate is due, twice a week.
 */
public final class OcspPublisher implements AutoCloseable {
  private static final Duration PACE = Duration.ofSeconds(1);

  private final Supplier<Stream<RootCA>> rootCAs;
  private final OcspDuty duty;
  private final PublishedResponders responders;
  private final UnexpectedExceptions exceptions;
  private final Supplier<Instant> clock;
  private final Map<CAName, OcspDuty.Done> done = new HashMap<>();
  private final Sweep sweep;

  /**
   * Publishes by itself.
   *
   * @param rootCAs all in the cache
   * @param duty makes the responders of each
   */
  OcspPublisher(
      Supplier<Stream<RootCA>> rootCAs,
      OcspDuty duty,
      PublishedResponders responders,
      UnexpectedExceptions exceptions,
      Supplier<Instant> clock) {
    this.rootCAs = rootCAs;
    this.duty = duty;
    this.responders = responders;
    this.exceptions = exceptions;
    this.clock = clock;
    this.sweep = new Sweep("ocsp-publisher", PACE, Part.OCSP, this::lookOnce, exceptions);
  }

  /**
   * Publishes from the caches of the controller of RootCAs.
   *
   * @param rootCAs all in the cache
   */
  public static OcspPublisher of(
      Supplier<Stream<RootCA>> rootCAs, PublishedCrls crls, ReconcileContext shared) {
    return new OcspPublisher(
        rootCAs,
        new OcspDuty(
            ca ->
                shared
                    .watches()
                    .ofRootCAs()
                    .generations()
                    .byIndex(
                        GenerationSecrets.INDEX,
                        GenerationSecrets.indexKey(ca.namespace(), ca.name())),
            crls::of,
            shared.signingKeys()::of,
            shared.seal()),
        shared.publishedResponders(),
        shared.exceptions(),
        shared::now);
  }

  /** Starts; to be called when the caches are in sync. */
  public void start() {
    responders.lacking(asking().map(CAName::of).collect(Collectors.toSet()));
    sweep.start();
  }

  /** Publishes what is missing or outdated, and forgets what nobody asks for any more. */
  void lookOnce() {
    Set<CAName> asked = new TreeSet<>();
    asking().forEach(ca -> asked.add(publish(ca)));
    done.keySet().stream().filter(ca -> !asked.contains(ca)).forEach(responders::forget);
    done.keySet().retainAll(asked);
    responders.lacking(
        asked.stream()
            .filter(ca -> !done.containsKey(ca) || !done.get(ca).isComplete())
            .collect(Collectors.toSet()));
  }

  // an exception at one RootCA must not prevent that others are looked at
  private CAName publish(RootCA ca) {
    CAName name = CAName.of(ca);
    try {
      OcspDuty.Done before = done.getOrDefault(name, OcspDuty.Done.nothing());
      OcspDuty.Done now = duty.fulfil(ca, before, clock.get());
      if (!now.equals(before)) {
        responders.publish(name, now.responders());
        done.put(name, now);
      }
    } catch (RuntimeException | StackOverflowError e) {
      exceptions.met(Part.OCSP, ca, e);
    }
    return name;
  }

  private Stream<RootCA> asking() {
    return rootCAs
        .get()
        .filter(
            ca -> {
              Revocation spec = ca.getSpec().revocation();
              return spec != null && spec.ocsp();
            });
  }

  @Override
  public void close() {
    sweep.close();
  }
}
