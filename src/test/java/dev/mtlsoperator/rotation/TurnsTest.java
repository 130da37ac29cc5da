package dev.mtlsoperator.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.rotation.Turns.Answer;
import dev.mtlsoperator.rotation.Turns.Applicant;
import dev.mtlsoperator.rotation.Turns.Call;
import dev.mtlsoperator.rotation.Turns.Rule;
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
final class TurnsTest {
  private static final Duration NOW = Duration.ofHours(1);

  @Test
  void shouldLetTheFirstBegin() {
    // given
    Turns turns = new Turns(new Rule(2, 1, Duration.ZERO));

    // when, then
    assertThat(turns.ask(of("a", 1), NOW)).isEqualTo(Answer.BEGIN);
    assertThat(turns.ask(of("a", 2), NOW)).isEqualTo(Answer.WAIT);
    assertThat(turns.ask(of("b", 1), NOW)).isEqualTo(Answer.BEGIN);
    assertThat(turns.ask(of("c", 1), NOW)).isEqualTo(Answer.WAIT);
    assertThat(turns.calls()).isEmpty();
    assertThat(turns.waiting()).isEqualTo(2);
  }

  @Test
  void shouldCallWhoWaitsWhenSomebodyIsDone() {
    // given
    Turns turns = new Turns(new Rule(1, 1, Duration.ZERO));
    turns.ask(of("a", 1), NOW);
    turns.ask(of("a", 2), NOW);
    turns.ask(of("a", 3), NOW);

    // when
    turns.leave(of("a", 1), NOW);

    // then
    assertThat(turns.calls()).containsExactly(new Call(of("a", 2), Duration.ZERO));
    assertThat(turns.calls()).isEmpty();
    assertThat(turns.ask(of("a", 3), NOW)).isEqualTo(Answer.WAIT);
    assertThat(turns.ask(of("a", 2), NOW)).isEqualTo(Answer.BEGIN);
  }

  @Test
  void shouldTurnToEachNamespaceAndKeepTheOrderWithin() {
    // given
    Turns turns = new Turns(new Rule(1, 1, Duration.ZERO));
    turns.ask(of("flood", 0), NOW);
    for (int i = 1; i <= 5_000; i++) {
      turns.ask(of("flood", i), NOW);
    }
    turns.ask(of("b", 1), NOW);
    turns.ask(of("b", 2), NOW);
    turns.ask(of("c", 1), NOW);

    // when
    List<Applicant> order = inOrder(turns, of("flood", 0), 7);

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
    Turns turns = new Turns(new Rule(1, 1, Duration.ZERO));
    turns.ask(of("a", 1), NOW);
    turns.ask(of("b", 1), NOW);

    // when
    for (int i = 0; i < 1_000; i++) {
      turns.ask(of("a", 2), NOW);
      turns.ask(of("a", 1), NOW);
    }

    // then
    assertThat(inOrder(turns, of("a", 1), 2)).containsExactly(of("b", 1), of("a", 2));
  }

  @Test
  void shouldGiveTheTurnOfTheMissingToTheNext() {
    // given
    Turns turns = new Turns(new Rule(1, 1, Duration.ZERO));
    turns.ask(of("a", 1), NOW);
    turns.ask(of("a", 2), NOW);
    turns.ask(of("a", 3), NOW);
    turns.ask(of("a", 4), NOW);
    turns.leave(of("a", 1), NOW);
    turns.calls();

    // when: the one that is called was deleted
    turns.tidy(who -> !who.equals(of("a", 2)), NOW);

    // then
    assertThat(turns.calls()).containsExactly(new Call(of("a", 3), Duration.ZERO));

    // when: it is there, but does not come
    turns.tidy(who -> true, NOW.plus(Turns.PATIENCE));
    assertThat(turns.calls()).isEmpty();
    turns.tidy(who -> true, NOW.plus(Turns.PATIENCE).plusNanos(1));

    // then
    assertThat(turns.calls()).extracting(Call::who).containsExactly(of("a", 4));
    assertThat(turns.ask(of("a", 3), NOW.plusSeconds(60))).isEqualTo(Answer.WAIT);
  }

  @Test
  void shouldNotInterruptWhoIsAtWork() {
    // given
    Turns turns = new Turns(new Rule(1, 1, Duration.ZERO));
    turns.ask(of("a", 1), NOW);
    turns.ask(of("a", 2), NOW);

    // when: it works for an hour
    turns.tidy(who -> false, NOW.plus(Duration.ofHours(1)));

    // then
    assertThat(turns.calls()).isEmpty();
    assertThat(turns.ask(of("a", 2), NOW.plus(Duration.ofHours(1)))).isEqualTo(Answer.WAIT);
  }

  @Test
  void shouldForgetWhoLeavesTheLine() {
    // given
    Turns turns = new Turns(new Rule(1, 1, Duration.ZERO));
    turns.ask(of("a", 1), NOW);
    turns.ask(of("a", 2), NOW);
    turns.ask(of("b", 1), NOW);

    // when
    turns.leave(of("a", 2), NOW);
    turns.leave(of("nobody", 1), NOW);
    turns.leave(of("a", 1), NOW);

    // then
    assertThat(turns.calls()).extracting(Call::who).containsExactly(of("b", 1));
    assertThat(turns.waiting()).isZero();
  }

  @Test
  void shouldKeepAPace() {
    // given
    Duration spacing = Duration.ofMillis(200);
    Turns turns = new Turns(new Rule(1, 1, spacing));
    turns.ask(of("a", 1), NOW);
    turns.ask(of("a", 2), NOW);

    // when
    turns.leave(of("a", 1), NOW.plusMillis(50));

    // then
    assertThat(turns.calls()).containsExactly(new Call(of("a", 2), Duration.ofMillis(150)));
    assertThat(turns.ask(of("a", 2), NOW.plusMillis(199))).isEqualTo(Answer.WAIT);
    assertThat(turns.ask(of("a", 2), NOW.plusMillis(200))).isEqualTo(Answer.BEGIN);

    // when: after a while nothing is saved up
    turns.leave(of("a", 2), NOW.plusSeconds(60));
    turns.ask(of("a", 3), NOW.plusSeconds(60));
    turns.leave(of("a", 3), NOW.plusSeconds(60));

    // then
    assertThat(turns.ask(of("a", 4), NOW.plusSeconds(60))).isEqualTo(Answer.WAIT);
    assertThat(turns.calls()).containsExactly(new Call(of("a", 4), spacing));
  }

  /**
   * 5,000 leaves with RSA-4096 keys of one tenant, which take two hours, and another's five that
   * come in the midst of it.
   */
  @Test
  void shouldServeATenantDuringTheFloodOfAnother() {
    // given
    Simulation simulation = new Simulation(Work.RSA_KEY.rule(2, 8));
    for (int i = 0; i < 5_000; i++) {
      simulation.arrives(of("flood", i), Duration.ZERO, Duration.ofMillis(1_500));
    }
    for (int i = 0; i < 5; i++) {
      simulation.arrives(of("b", i), Duration.ofMinutes(10), Duration.ofMillis(1_500));
    }

    // when
    Map<Applicant, Duration> ends = simulation.run();

    // then: its own work, as much of the flood's, and what was under way
    for (int i = 0; i < 5; i++) {
      assertThat(ends.get(of("b", i)).minus(Duration.ofMinutes(10)))
          .isLessThanOrEqualTo(Duration.ofMillis(1_500L * 11));
    }
    assertThat(ends).hasSize(5_005);
    assertThat(simulation.idle).as("while somebody waited").isEqualTo(Duration.ZERO);
  }

  @Property(tries = 200)
  void shouldStarveNobodyAndExceedNothing(
      @ForAll @IntRange(min = 1, max = 8) int atOnce,
      @ForAll @IntRange(min = 1, max = 8) int each,
      @ForAll @IntRange(min = 0, max = 3) int spacing,
      @ForAll long seed) {
    // given
    Rule rule = new Rule(atOnce, each, Duration.ofMillis(spacing * 10L));
    Simulation simulation = new Simulation(rule);
    Random random = new Random(seed);
    Set<Applicant> all = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      Applicant who = of("n" + Math.max(0, random.nextInt(8) - 4), i);
      all.add(who);
      simulation.arrives(
          who, Duration.ofMillis(random.nextInt(2_000)), Duration.ofMillis(1 + random.nextInt(50)));
    }

    // when
    Map<Applicant, Duration> ends = simulation.run();

    // then
    assertThat(ends.keySet()).isEqualTo(all);
    assertThat(simulation.mostAtOnce).isLessThanOrEqualTo(atOnce);
    assertThat(simulation.mostOfOne).isLessThanOrEqualTo(each);
    assertThat(simulation.closest).isGreaterThanOrEqualTo(rule.spacing());
  }

  /** Ends one after the other, and tells who is called then. */
  private static List<Applicant> inOrder(Turns turns, Applicant first, int count) {
    List<Applicant> order = new ArrayList<>();
    Applicant at = first;
    turns.calls();
    for (int i = 0; i < count; i++) {
      turns.leave(at, NOW);
      List<Call> calls = turns.calls();
      assertThat(calls).hasSize(1);
      at = calls.get(0).who();
      assertThat(turns.ask(at, NOW)).isEqualTo(Answer.BEGIN);
      order.add(at);
    }
    return order;
  }

  private static Applicant of(String namespace, int number) {
    return new Applicant(namespace, namespace + "-" + number);
  }

  /** A world in which whoever is called comes, works and leaves. */
  private static final class Simulation {
    private final Turns turns;
    private final PriorityQueue<Moment> agenda = new PriorityQueue<>();
    private final Map<Applicant, Duration> takes = new HashMap<>();
    private final Map<Applicant, Duration> ends = new HashMap<>();
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

    Simulation(Rule rule) {
      turns = new Turns(rule);
    }

    void arrives(Applicant who, Duration at, Duration work) {
      takes.put(who, work);
      plan(at, () -> ask(who, at));
    }

    Map<Applicant, Duration> run() {
      while (!agenda.isEmpty()) {
        agenda.remove().what().run();
      }
      return ends;
    }

    private void plan(Duration at, Runnable what) {
      agenda.add(new Moment(at, order++, what));
    }

    private void ask(Applicant who, Duration now) {
      if (turns.ask(who, now) == Answer.BEGIN) {
        begin(who, now);
      }
      heed(now);
    }

    private void begin(Applicant who, Duration now) {
      if (working == 0 && turns.waiting() > 0) {
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
            turns.leave(who, end);
            heed(end);
          });
    }

    private void heed(Duration now) {
      for (Call call : turns.calls()) {
        Duration at = now.plus(call.in());
        plan(at, () -> ask(call.who(), at));
      }
    }
  }
}
