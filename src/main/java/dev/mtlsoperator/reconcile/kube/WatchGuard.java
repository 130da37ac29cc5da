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
 * Wraps callbacks of informers so that they never throw. An exception would end a list or a watch,
 * so that one malformed object would hide all others, again and again.
 */
public final class WatchGuard {
  private final StartGate gate;
  private final UnexpectedExceptions exceptions;

  public WatchGuard(StartGate gate, UnexpectedExceptions exceptions) {
    this.gate = gate;
    this.exceptions = exceptions;
  }

  /**
   * Wraps a mapper. It returns nothing before all event sources have started, because it may use
   * one that is not there yet, and all resources are reconciled then anyway. It also returns
   * nothing if the mapper fails: periodic reconciliations catch up.
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

  /** Wraps an update filter; an update for which the filter fails passes. */
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

  /** Wraps an index; an object for which it fails has no keys. */
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
   * Wraps a projection.
   *
   * @param bare the fallback if it fails: the object's names alone
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
