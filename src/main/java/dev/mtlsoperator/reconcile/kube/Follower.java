package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.HashSet;
import java.util.Set;

/**
 * The event source of a controller that uses the informer of another controller: it has no watch
 * and no cache of its own. Unlike that controller, it also hears of what that controller writes.
 */
public final class Follower<R extends HasMetadata, P extends HasMetadata>
    extends AbstractEventSource<R, P> {
  private final SecondaryToPrimaryMapper<R> mapper;
  private final OnUpdateFilter<R> relevant;

  /**
   * @param mapper the primaries to reconcile after a change; it does not throw
   * @param relevant the updates that trigger a reconciliation; it does not throw
   */
  Follower(
      Class<R> kind, String name, SecondaryToPrimaryMapper<R> mapper, OnUpdateFilter<R> relevant) {
    super(kind, name);
    this.mapper = mapper;
    this.relevant = relevant;
  }

  /** An object appeared or disappeared. */
  void changed(R object) {
    wake(mapper.toPrimaryResourceIDs(object));
  }

  /** An object changed: it may also have ceased to be what the mapper looks for. */
  void updated(R before, R now) {
    if (relevant.accept(now, before)) {
      Set<ResourceID> all = new HashSet<>(mapper.toPrimaryResourceIDs(before));
      all.addAll(mapper.toPrimaryResourceIDs(now));
      wake(all);
    }
  }

  private void wake(Set<ResourceID> primaries) {
    primaries.forEach(primary -> getEventHandler().handleEvent(new Event(primary)));
  }

  @Override
  public Set<R> getSecondaryResources(P primary) {
    // reconcilers read the caches by name and by index
    return Set.of();
  }
}
