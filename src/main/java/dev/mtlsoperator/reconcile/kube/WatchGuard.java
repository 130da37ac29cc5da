package dev.mtlsoperator.reconcile.kube;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Keeps what informers call from throwing. An exception there would end a list or a watch: one
 * object that nobody expected would hide all others, and be met again at each try.
 */
public final class WatchGuard {
  private final StartGate gate;
  private final UnexpectedExceptions exceptions;

  public WatchGuard(StartGate gate, UnexpectedExceptions exceptions) {
    this.gate = gate;
    this.exceptions = exceptions;
  }

  /**
   * Whom a change wakes. Nobody before all event sources have started: all resources are reconciled
   * then, and a mapper may ask an event source that is not there yet. Nobody also where the mapper
   * fails: whoever is concerned looks again before long.
   */
  public <R extends HasMetadata> SecondaryToPrimaryMapper<R> mapper(
      SecondaryToPrimaryMapper<R> mapper) {
    return object -> {
      if (!gate.isOpen()) {
        return Set.of();
      }
      try {
        return mapper.toPrimaryResourceIDs(object);
      } catch (RuntimeException | StackOverflowError e) {
        exceptions.met(Part.WATCHES, object, e);
        return Set.of();
      }
    };
  }

  /** Which updates wake; where the filter fails, this one does. */
  public <R extends HasMetadata> OnUpdateFilter<R> filter(OnUpdateFilter<R> filter) {
    return (now, before) -> {
      try {
        return filter.accept(now, before);
      } catch (RuntimeException | StackOverflowError e) {
        exceptions.met(Part.WATCHES, now, e);
        return true;
      }
    };
  }

  /** Under which keys an object is found; where that cannot be told, under none. */
  public <R extends HasMetadata> Function<R, List<String>> index(
      Function<? super R, List<String>> indexer) {
    return object -> {
      try {
        return indexer.apply(object);
      } catch (RuntimeException | StackOverflowError e) {
        exceptions.met(Part.WATCHES, object, e);
        return List.of();
      }
    };
  }

  /**
   * What is kept of an object.
   *
   * @param bare the same where that fails: names alone
   */
  <R extends HasMetadata> UnaryOperator<R> kept(UnaryOperator<R> kept, UnaryOperator<R> bare) {
    return object -> {
      try {
        return kept.apply(object);
      } catch (RuntimeException | StackOverflowError e) {
        exceptions.met(Part.WATCHES, object, e);
        return bare.apply(object);
      }
    };
  }
}
