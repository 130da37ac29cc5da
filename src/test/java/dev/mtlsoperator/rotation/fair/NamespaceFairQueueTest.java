package dev.mtlsoperator.rotation.fair;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Answer;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Call;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Limits;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A tenant's flood slows only itself. */
final class NamespaceFairQueueTest {
  private static final Duration NOW = Duration.ofHours(1);

  @Test
  void shouldLetTheFirstBegin() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(2, 1, Duration.ZERO));

    // when, then
    assertThat(queue.ask(of("a", 1), NOW)).isEqualTo(Answer.BEGIN);
    assertThat(queue.ask(of("a", 2), NOW)).isEqualTo(Answer.WAIT);
    assertThat(queue.ask(of("b", 1), NOW)).isEqualTo(Answer.BEGIN);
    assertThat(queue.ask(of("c", 1), NOW)).isEqualTo(Answer.WAIT);
    assertThat(queue.calls()).isEmpty();
    assertThat(queue.waiting()).isEqualTo(2);
  }

  @Test
  void shouldCallWhoWaitsWhenSomebodyIsDone() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, Duration.ZERO));
    queue.ask(of("a", 1), NOW);
    queue.ask(of("a", 2), NOW);
    queue.ask(of("a", 3), NOW);

    // when
    queue.leave(of("a", 1), NOW);

    // then
    assertThat(queue.calls()).containsExactly(new Call(of("a", 2), Duration.ZERO));
    assertThat(queue.calls()).isEmpty();
    assertThat(queue.ask(of("a", 3), NOW)).isEqualTo(Answer.WAIT);
    assertThat(queue.ask(of("a", 2), NOW)).isEqualTo(Answer.BEGIN);
  }

  @Test
  void shouldTurnToEachNamespaceAndKeepTheOrderWithin() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, Duration.ZERO));
    queue.ask(of("flood", 0), NOW);
    for (int i = 1; i <= 5_000; i++) {
      queue.ask(of("flood", i), NOW);
    }
    queue.ask(of("b", 1), NOW);
    queue.ask(of("b", 2), NOW);
    queue.ask(of("c", 1), NOW);

    // when
    List<Ticket> order = inOrder(queue, of("flood", 0), 7);

    // then
    assertThat(order)
        .containsExactly(
            of("flood", 1),
            of("b", 1),
            of("c", 1),
            of("flood", 2),
            of("b", 2),
            of("flood", 3),
            of("flood", 4));
  }

  @Test
  void shouldGainNothingByAskingOften() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, Duration.ZERO));
    queue.ask(of("a", 1), NOW);
    queue.ask(of("b", 1), NOW);

    // when
    for (int i = 0; i < 1_000; i++) {
      queue.ask(of("a", 2), NOW);
      queue.ask(of("a", 1), NOW);
    }

    // then
    assertThat(inOrder(queue, of("a", 1), 2)).containsExactly(of("b", 1), of("a", 2));
  }

  @Test
  void shouldGiveTheTurnOfTheMissingToTheNext() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, Duration.ZERO));
    queue.ask(of("a", 1), NOW);
    queue.ask(of("a", 2), NOW);
    queue.ask(of("a", 3), NOW);
    queue.ask(of("a", 4), NOW);
    queue.leave(of("a", 1), NOW);
    queue.calls();

    // when: the one that is called was deleted
    queue.tidy(who -> !who.equals(of("a", 2)), NOW);

    // then
    assertThat(queue.calls()).containsExactly(new Call(of("a", 3), Duration.ZERO));

    // when: it is there, but does not come
    queue.tidy(who -> true, NOW.plus(NamespaceFairQueue.PATIENCE));
    assertThat(queue.calls()).isEmpty();
    queue.tidy(who -> true, NOW.plus(NamespaceFairQueue.PATIENCE).plusNanos(1));

    // then
    assertThat(queue.calls()).extracting(Call::who).containsExactly(of("a", 4));
    assertThat(queue.ask(of("a", 3), NOW.plusSeconds(60))).isEqualTo(Answer.WAIT);
  }

  @Test
  void shouldNotInterruptWhoIsAtWork() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, Duration.ZERO));
    queue.ask(of("a", 1), NOW);
    queue.ask(of("a", 2), NOW);

    // when: it works for an hour
    queue.tidy(who -> false, NOW.plus(Duration.ofHours(1)));

    // then
    assertThat(queue.calls()).isEmpty();
    assertThat(queue.ask(of("a", 2), NOW.plus(Duration.ofHours(1)))).isEqualTo(Answer.WAIT);
  }

  @Test
  void shouldForgetWhoLeavesTheLine() {
    // given
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, Duration.ZERO));
    queue.ask(of("a", 1), NOW);
    queue.ask(of("a", 2), NOW);
    queue.ask(of("b", 1), NOW);

    // when
    queue.leave(of("a", 2), NOW);
    queue.leave(of("nobody", 1), NOW);
    queue.leave(of("a", 1), NOW);

    // then
    assertThat(queue.calls()).extracting(Call::who).containsExactly(of("b", 1));
    assertThat(queue.waiting()).isZero();
  }

  @Test
  void shouldKeepAPace() {
    // given
    Duration spacing = Duration.ofMillis(200);
    NamespaceFairQueue queue = new NamespaceFairQueue(new Limits(1, 1, spacing));
    queue.ask(of("a", 1), NOW);
    queue.ask(of("a", 2), NOW);

    // when
    queue.leave(of("a", 1), NOW.plusMillis(50));

    // then
    assertThat(queue.calls()).containsExactly(new Call(of("a", 2), Duration.ofMillis(150)));
    assertThat(queue.ask(of("a", 2), NOW.plusMillis(199))).isEqualTo(Answer.WAIT);
    assertThat(queue.ask(of("a", 2), NOW.plusMillis(200))).isEqualTo(Answer.BEGIN);

    // when: after a while nothing is saved up
    queue.leave(of("a", 2), NOW.plusSeconds(60));
    queue.ask(of("a", 3), NOW.plusSeconds(60));
    queue.leave(of("a", 3), NOW.plusSeconds(60));

    // then
    assertThat(queue.ask(of("a", 4), NOW.plusSeconds(60))).isEqualTo(Answer.WAIT);
    assertThat(queue.calls()).containsExactly(new Call(of("a", 4), spacing));
  }

  /**
   * 5,000 leaves with RSA-4096 keys of one tenant, which take two hours, and another's five that
   * come in the midst of it.
   */
  @Test
  void shouldServeATenantDuringTheFloodOfAnother() {
    // given
    Simulation simulation = new Simulation(QueueClass.RSA_KEY.rule(2, 8));
    for (int i = 0; i < 5_000; i++) {
      simulation.arrives(of("flood", i), Duration.ZERO, Duration.ofMillis(1_500));
    }
    for (int i = 0; i < 5; i++) {
      simulation.arrives(of("b", i), Duration.ofMinutes(10), Duration.ofMillis(1_500));
    }

    // when
    Map<Ticket, Duration> ends = simulation.run();

    // then: its own work, as much of the flood's, and what was under way
    for (int i = 0; i < 5; i++) {
      assertThat(ends.get(of("b", i)).minus(Duration.ofMinutes(10)))
          .isLessThanOrEqualTo(Duration.ofMillis(1_500L * 11));
    }
    assertThat(ends).hasSize(5_005);
    assertThat(simulation.idle).as("while somebody waited").isEqualTo(Duration.ZERO);
  }

  /** A rotation of 5,000 leaves, and one of five in another namespace in the midst of it. */
  @Test
  void shouldLeaveRoomForTheRotationOfAnotherTenantAndWaitForNothing() {
    // given
    Simulation simulation = new Simulation(QueueClass.ROTATION.rule(2, 8));
    for (int i = 0; i < 5_000; i++) {
      simulation.arrives(of("large", i), Duration.ZERO, Duration.ofMillis(10));
    }
    for (int i = 0; i < 5; i++) {
      simulation.arrives(of("small", i), Duration.ofSeconds(5), Duration.ofMillis(10));
    }

    // when
    Map<Ticket, Duration> ends = simulation.run();

    // then: two slots are never those of the large one, which uses four all the time
    for (int i = 0; i < 5; i++) {
      assertThat(ends.get(of("small", i)).minus(Duration.ofSeconds(5)))
          .isLessThanOrEqualTo(Duration.ofMillis(30));
    }
    assertThat(ends.values()).allMatch(end -> end.compareTo(Duration.ofMillis(12_600)) <= 0);
  }

  @Property(tries = 200)
  void shouldStarveNobodyAndExceedNothing(
      @ForAll @IntRange(min = 1, max = 8) int atOnce,
      @ForAll @IntRange(min = 1, max = 8) int each,
      @ForAll @IntRange(min = 0, max = 3) int spacing,
      @ForAll long seed) {
    // given
    Limits rule = new Limits(atOnce, each, Duration.ofMillis(spacing * 10L));
    Simulation simulation = new Simulation(rule);
    Random random = new Random(seed);
    Set<Ticket> all = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      Ticket who = of("n" + Math.max(0, random.nextInt(8) - 4), i);
      all.add(who);
      simulation.arrives(
          who, Duration.ofMillis(random.nextInt(2_000)), Duration.ofMillis(1 + random.nextInt(50)));
    }

    // when
    Map<Ticket, Duration> ends = simulation.run();

    // then
    assertThat(ends.keySet()).isEqualTo(all);
    assertThat(simulation.mostAtOnce).isLessThanOrEqualTo(atOnce);
    assertThat(simulation.mostOfOne).isLessThanOrEqualTo(each);
    assertThat(simulation.closest).isGreaterThanOrEqualTo(rule.spacing());
  }

  /** Ends one after the other, and tells who is called then. */
  private static List<Ticket> inOrder(NamespaceFairQueue queue, Ticket first, int count) {
    List<Ticket> order = new ArrayList<>();
    Ticket at = first;
    queue.calls();
    for (int i = 0; i < count; i++) {
      queue.leave(at, NOW);
      List<Call> calls = queue.calls();
      assertThat(calls).hasSize(1);
      at = calls.get(0).who();
      assertThat(queue.ask(at, NOW)).isEqualTo(Answer.BEGIN);
      order.add(at);
    }
    return order;
  }

  private static Ticket of(String namespace, int number) {
    return new Ticket(namespace, namespace + "-" + number);
  }

  /** A world in which whoever is called comes, works and leaves. */
  private static final class Simulation {
    private final NamespaceFairQueue queue;
    private final PriorityQueue<Moment> agenda = new PriorityQueue<>();
    private final Map<Ticket, Duration> takes = new HashMap<>();
    private final Map<Ticket, Duration> ends = new HashMap<>();
    private final Map<String, Integer> atWork = new HashMap<>();
    private int working;
    private int mostAtOnce;
    private int mostOfOne;
    private Duration closest = Duration.ofDays(1);
    private Duration lastBeginning = Duration.ofDays(-1);
    private Duration idle = Duration.ZERO;
    private Duration idleSince = Duration.ZERO;

    private record Moment(Duration at, long order, Runnable what) implements Comparable<Moment> {
      @Override
      public int compareTo(Moment other) {
        int byTime = at.compareTo(other.at);
        return byTime != 0 ? byTime : Long.compare(order, other.order);
      }
    }

    private long order;

    Simulation(Limits rule) {
      queue = new NamespaceFairQueue(rule);
    }

    void arrives(Ticket who, Duration at, Duration work) {
      takes.put(who, work);
      plan(at, () -> ask(who, at));
    }

    Map<Ticket, Duration> run() {
      while (!agenda.isEmpty()) {
        agenda.remove().what().run();
      }
      return ends;
    }

    private void plan(Duration at, Runnable what) {
      agenda.add(new Moment(at, order++, what));
    }

    private void ask(Ticket who, Duration now) {
      if (queue.ask(who, now) == Answer.BEGIN) {
        begin(who, now);
      }
      heed(now);
    }

    private void begin(Ticket who, Duration now) {
      if (working == 0 && queue.waiting() > 0) {
        idle = idle.plus(now.minus(idleSince));
      }
      working++;
      mostAtOnce = Math.max(mostAtOnce, working);
      mostOfOne = Math.max(mostOfOne, atWork.merge(who.namespace(), 1, Integer::sum));
      Duration since = now.minus(lastBeginning);
      closest = since.compareTo(closest) < 0 ? since : closest;
      lastBeginning = now;
      Duration end = now.plus(takes.get(who));
      plan(
          end,
          () -> {
            working--;
            idleSince = end;
            atWork.merge(who.namespace(), -1, Integer::sum);
            ends.put(who, end);
            queue.leave(who, end);
            heed(end);
          });
    }

    private void heed(Duration now) {
      for (Call call : queue.calls()) {
        Duration at = now.plus(call.in());
        plan(at, () -> ask(call.who(), at));
      }
    }
  }
}
