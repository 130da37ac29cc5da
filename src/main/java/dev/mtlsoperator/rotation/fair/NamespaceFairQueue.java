package dev.mtlsoperator.rotation.fair;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who may go to work next. Each namespace has a line of its own, in the order of arrival, and the
 * lines take turns: a namespace with five thousand waiting delays one with five by the work that is
 * under way, not by its length. Whoever is not called has nothing to do but to wait, so that no
 * thread is held.
 *
 * <p>Pure: time is an argument, counted from any beginning, and never goes back. Not for several
 * threads at once.
 */
public final class NamespaceFairQueue {
  /** Who was called and does not come has gone: its turn is another's. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Limits rule;

  /** Of namespaces in which somebody waits; whose turn is next comes first. */
  private final LinkedHashMap<String, LinkedHashMap<String, Ticket>> lines = new LinkedHashMap<>();

  private final Map<String, Slot> seats = new HashMap<>();
  private final Map<String, Integer> seatsOf = new HashMap<>();
  private final List<Call> calls = new ArrayList<>();
  private Duration free = Duration.ZERO;

  /**
   * How many may work.
   *
   * @param atOnce at the same time
   * @param each of one namespace at the same time
   * @param spacing from one's beginning to the next one's, at least
   */
  public record Limits(int atOnce, int each, Duration spacing) {}

  /**
   * Who wants a turn.
   *
   * @param uid of the resource
   */
  public record Ticket(String namespace, String uid) {}

  /**
   * Somebody who waited may come.
   *
   * @param in how long from now
   */
  public record Call(Ticket who, Duration in) {}

  /** What one is told. */
  public enum Answer {
    /** Work, and say when it is done. */
    BEGIN,
    /** Somebody will call. */
    WAIT
  }

  private record Slot(Ticket who, Duration from, State state) {}

  private enum State {
    CALLED,
    AT_WORK
  }

  public NamespaceFairQueue(Limits rule) {
    this.rule = rule;
  }

  /** Asks for a turn; who asks again keeps its place. */
  public Answer ask(Ticket who, Duration now) {
    if (!seats.containsKey(who.uid())) {
      lines
          .computeIfAbsent(who.namespace(), absent -> new LinkedHashMap<>())
          .putIfAbsent(who.uid(), who);
      fill(now);
    }
    Slot seat = seats.get(who.uid());
    if (seat == null || now.compareTo(seat.from()) < 0) {
      return Answer.WAIT;
    }
    seats.put(who.uid(), new Slot(who, seat.from(), State.AT_WORK));
    calls.removeIf(call -> call.who().equals(who));
    return Answer.BEGIN;
  }

  /** The work is done, or not wanted any more. */
  public void leave(Ticket who, Duration now) {
    LinkedHashMap<String, Ticket> line = lines.get(who.namespace());
    if (line != null) {
      line.remove(who.uid());
      if (line.isEmpty()) {
        lines.remove(who.namespace());
      }
    }
    if (seats.containsKey(who.uid())) {
      vacate(who);
      fill(now);
    }
  }

  /**
   * Gives the turns of those away who were called and did not come, or are not there any more.
   *
   * @param there who is
   */
  public void tidy(Predicate<Ticket> there, Duration now) {
    List<Ticket> gone =
        seats.values().stream()
            .filter(seat -> seat.state() == State.CALLED)
            .filter(
                seat -> now.compareTo(seat.from().plus(PATIENCE)) > 0 || !there.test(seat.who()))
            .map(Slot::who)
            .toList();
    gone.forEach(this::vacate);
    fill(now);
  }

  /** Who is called since this was asked last. */
  public List<Call> calls() {
    List<Call> fresh = List.copyOf(calls);
    calls.clear();
    return fresh;
  }

  /** How many wait and are not called yet. */
  public int waiting() {
    return lines.values().stream().mapToInt(Map::size).sum();
  }

  private void vacate(Ticket who) {
    seats.remove(who.uid());
    seatsOf.merge(who.namespace(), -1, (seated, less) -> seated + less == 0 ? null : seated + less);
    calls.removeIf(call -> call.who().equals(who));
  }

  private void fill(Duration now) {
    while (seats.size() < rule.atOnce()) {
      Ticket next = next();
      if (next == null) {
        return;
      }
      Duration from = free.compareTo(now) > 0 ? free : now;
      free = from.plus(rule.spacing());
      seats.put(next.uid(), new Slot(next, from, State.CALLED));
      seatsOf.merge(next.namespace(), 1, Integer::sum);
      calls.add(new Call(next, from.minus(now)));
    }
  }

  private @Nullable Ticket next() {
    return lines.keySet().stream()
        .filter(namespace -> seatsOf.getOrDefault(namespace, 0) < rule.each())
        .findFirst()
        .map(this::firstOf)
        .orElse(null);
  }

  // its line goes behind the others
  private Ticket firstOf(String namespace) {
    LinkedHashMap<String, Ticket> line =
        Objects.requireNonNull(lines.remove(namespace), "a line of its own");
    Iterator<Ticket> inOrder = line.values().iterator();
    Ticket first = inOrder.next();
    inOrder.remove();
    if (!line.isEmpty()) {
      lines.put(namespace, line);
    }
    return first;
  }
}
