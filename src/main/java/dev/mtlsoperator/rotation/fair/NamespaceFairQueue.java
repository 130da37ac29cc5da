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
 * A round-robin queue: each namespace has a line in order of arrival, and the lines are served in
 * turn. A namespace with five thousand waiting tickets delays one with five only by the work that
 * is in progress. A ticket that waits holds no thread: it is called later.
 *
 * <p>Pure: time is an argument, measured from any origin, and never goes back. Not thread-safe.
 */
public final class NamespaceFairQueue {
  /** How long a called ticket may take to come before its slot is given away. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Limits limits;

  /** Lines of waiting tickets by namespace; the namespace that is next comes first. */
  private final LinkedHashMap<String, LinkedHashMap<String, Ticket>> lines = new LinkedHashMap<>();

  private final Map<String, Slot> slots = new HashMap<>();
  private final Map<String, Integer> slotsOf = new HashMap<>();
  private final List<Call> calls = new ArrayList<>();
  private Duration free = Duration.ZERO;

  /**
   * Limits of a queue.
   *
   * @param atOnce number of slots
   * @param each maximum number of slots of one namespace
   * @param spacing minimum time between the starts of two slots
   */
  public record Limits(int atOnce, int each, Duration spacing) {}

  /**
   * A resource that asks for a slot.
   *
   * @param uid of the resource
   */
  public record Ticket(String namespace, String uid) {}

  /**
   * A waiting ticket that may come now.
   *
   * @param in delay from now
   */
  public record Call(Ticket who, Duration in) {}

  /** The answer to a ticket. */
  public enum Answer {
    /** Start, and leave when done. */
    BEGIN,
    /** Wait for a call. */
    WAIT
  }

  private record Slot(Ticket who, Duration from, State state) {}

  private enum State {
    CALLED,
    WORKING
  }

  public NamespaceFairQueue(Limits limits) {
    this.limits = limits;
  }

  /** Asks for a slot; a ticket that asks again keeps its place. */
  public Answer ask(Ticket who, Duration now) {
    if (!slots.containsKey(who.uid())) {
      lines
          .computeIfAbsent(who.namespace(), absent -> new LinkedHashMap<>())
          .putIfAbsent(who.uid(), who);
      fill(now);
    }
    Slot slot = slots.get(who.uid());
    if (slot == null || now.compareTo(slot.from()) < 0) {
      return Answer.WAIT;
    }
    slots.put(who.uid(), new Slot(who, slot.from(), State.WORKING));
    calls.removeIf(call -> call.who().equals(who));
    return Answer.BEGIN;
  }

  /** Ends the work of a ticket, or its waiting. */
  public void leave(Ticket who, Duration now) {
    LinkedHashMap<String, Ticket> line = lines.get(who.namespace());
    if (line != null) {
      line.remove(who.uid());
      if (line.isEmpty()) {
        lines.remove(who.namespace());
      }
    }
    if (slots.containsKey(who.uid())) {
      vacate(who);
      fill(now);
    }
  }

  /**
   * Gives away the slots of tickets that were called and did not come, or no longer exist.
   *
   * @param there whether a ticket's resource exists
   */
  public void tidy(Predicate<Ticket> there, Duration now) {
    List<Ticket> gone =
        slots.values().stream()
            .filter(slot -> slot.state() == State.CALLED)
            .filter(
                slot -> now.compareTo(slot.from().plus(PATIENCE)) > 0 || !there.test(slot.who()))
            .map(Slot::who)
            .toList();
    gone.forEach(this::vacate);
    fill(now);
  }

  /** The tickets called since the last time this was asked. */
  public List<Call> calls() {
    List<Call> fresh = List.copyOf(calls);
    calls.clear();
    return fresh;
  }

  /** Number of tickets that wait and were not called yet. */
  public int waiting() {
    return lines.values().stream().mapToInt(Map::size).sum();
  }

  private void vacate(Ticket who) {
    slots.remove(who.uid());
    slotsOf.merge(who.namespace(), -1, (held, less) -> held + less == 0 ? null : held + less);
    calls.removeIf(call -> call.who().equals(who));
  }

  private void fill(Duration now) {
    while (slots.size() < limits.atOnce()) {
      Ticket next = next();
      if (next == null) {
        return;
      }
      Duration from = free.compareTo(now) > 0 ? free : now;
      free = from.plus(limits.spacing());
      slots.put(next.uid(), new Slot(next, from, State.CALLED));
      slotsOf.merge(next.namespace(), 1, Integer::sum);
      calls.add(new Call(next, from.minus(now)));
    }
  }

  private @Nullable Ticket next() {
    return lines.keySet().stream()
        .filter(namespace -> slotsOf.getOrDefault(namespace, 0) < limits.each())
        .findFirst()
        .map(this::firstOf)
        .orElse(null);
  }

  // moves the namespace behind the others
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
