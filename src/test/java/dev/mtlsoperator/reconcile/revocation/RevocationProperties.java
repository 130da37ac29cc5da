package dev.mtlsoperator.reconcile.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/**
 * Whatever happens to leaves, generations, records, copies, other CAs and clocks: a copy that had
 * CRLs is never without, each trusted generation has a current one, no revoked certificate is let
 * in again before its end, and nobody else is refused.
 */
@Tag("once")
final class RevocationProperties {
  /** What happens, in words and as code. */
  private record Happening(String what, Consumer<SimulatedRevocation> code) {
    @Override
    public String toString() {
      return what;
    }
  }

  @Property(tries = 150, seed = "4231864423104")
  void shouldNeverOpenAndNeverShut(@ForAll("histories") List<Happening> history) {
    SimulatedRevocation world = new SimulatedRevocation();

    for (Happening happening : history) {
      happening.code().accept(world);
      world.work();
    }

    assertThat(world.signed()).as("CRLs, of which each is a write of every copy").isLessThan(500);
  }

  @Example
  void shouldKeepWhatAClockThatWasAheadListedLast() {
    // found with 20,000 tries
    SimulatedRevocation world = new SimulatedRevocation();
    List<Consumer<SimulatedRevocation>> history =
        List.of(
            w -> w.revoke(0, Duration.parse("PT3H42M24S")),
            w -> w.pass(Duration.parse("PT3H39M52S")),
            SimulatedRevocation::loseRecord,
            SimulatedRevocation::retire,
            SimulatedRevocation::forgetLeaves,
            w -> w.jump(Duration.parse("PT498H49M")));

    history.forEach(
        happening -> {
          happening.accept(world);
          world.work();
        });

    assertThat(world.listed()).containsExactly(BigInteger.valueOf(1000));
  }

  @Example
  void shouldListAgainWhatAClockThatWasAheadForLongLeftOut() {
    SimulatedRevocation world = new SimulatedRevocation();
    world.revoke(0, Duration.ofDays(20));
    world.forgetLeaves();

    world.jumpForLong(Duration.ofDays(300), 0);

    assertThat(world.listed()).contains(BigInteger.valueOf(1000));
    world.pass(Duration.ofDays(26));
    world.work();
    world.pass(Duration.ofDays(4));
    world.work();
    assertThat(world.listed()).doesNotContain(BigInteger.valueOf(1000));
  }

  /** The operator is away while several things happen. */
  @Property(tries = 100, seed = "998877")
  void shouldMakeUpForWhatHappenedMeanwhile(
      @ForAll("histories") List<Happening> before, @ForAll("losses") List<Happening> meanwhile) {
    SimulatedRevocation world = new SimulatedRevocation();
    before.forEach(
        happening -> {
          happening.code().accept(world);
          world.work();
        });

    world.restart();
    meanwhile.forEach(happening -> happening.code().accept(world));
    world.work();
  }

  @Provide
  Arbitrary<List<Happening>> histories() {
    return Arbitraries.oneOf(happenings(), happeningsToStores()).list().ofMinSize(1).ofMaxSize(25);
  }

  @Provide
  Arbitrary<List<Happening>> losses() {
    return happeningsToStores().list().ofMaxSize(1);
  }

  private static Arbitrary<Happening> happeningsToStores() {
    Arbitrary<Integer> which = Arbitraries.integers().between(0, 100);
    return Arbitraries.oneOf(
        Arbitraries.just(new Happening("restart", SimulatedRevocation::restart)),
        Arbitraries.just(new Happening("lose the record", SimulatedRevocation::loseRecord)),
        Arbitraries.just(new Happening("empty the ConfigMap", SimulatedRevocation::emptyConfigMap)),
        which.map(n -> new Happening("replay record " + n, w -> w.replayRecord(n))),
        Arbitraries.just(
            new Happening(
                "replay a record to a new leader",
                w -> {
                  w.restart();
                  w.replayRecord(0);
                })),
        which.map(n -> new Happening("replay ConfigMap " + n, w -> w.replayConfigMap(n))),
        which.map(
            n ->
                new Happening(
                    "replay all but the copies to a new leader",
                    w -> {
                      w.restart();
                      w.forgetLeaves();
                      w.restart();
                      w.replayRecord(n);
                      w.replayConfigMap(n);
                    })));
  }

  private static Arbitrary<Happening> happenings() {
    Arbitrary<Integer> which = Arbitraries.integers().between(0, 100);
    Arbitrary<Duration> some =
        Arbitraries.longs().between(60, Duration.ofDays(26).toSeconds()).map(Duration::ofSeconds);
    return Arbitraries.oneOf(
        some.map(time -> new Happening("pass " + time, w -> w.pass(time))),
        Combinators.combine(which, some)
            .as((n, left) -> new Happening("revoke " + n + " for " + left, w -> w.revoke(n, left))),
        Arbitraries.just(new Happening("forget leaves", SimulatedRevocation::forgetLeaves)),
        Arbitraries.just(new Happening("rotate", SimulatedRevocation::rotate)),
        Arbitraries.just(new Happening("retire", SimulatedRevocation::retire)),
        Arbitraries.just(new Happening("a partner comes", SimulatedRevocation::addPartner)),
        Combinators.combine(which, some)
            .as(
                (n, time) ->
                    new Happening("CRL of partner " + n, w -> w.bringPartnersCrl(n, time))),
        which.map(n -> new Happening("no CRL of partner " + n, w -> w.dropPartnersCrl(n))),
        some.map(time -> new Happening("jump " + time, w -> w.jump(time))),
        Combinators.combine(which, some)
            .as(
                (n, time) ->
                    new Happening(
                        "jump for long " + time + " and revoke " + n,
                        w -> w.jumpForLong(time, n))));
  }
}
