package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An informer that also serves other controllers than the one that it belongs to. JOSDK (5.3.2)
 * shares none: each controller would have a watch and a cache of the same objects.
 *
 * <p>A {@link Follower} may be told before or after the controller that it belongs to; both find
 * the change in the cache. {@link StartGate} makes all reconcilers wait until all informers have
 * started.
 */
public final class SharedInformer<R extends HasMetadata, P extends HasMetadata>
    extends InformerEventSource<R, P> {
  private final List<Follower<R, ?>> followers = new CopyOnWriteArrayList<>();

  public SharedInformer(
      InformerEventSourceConfiguration<R> configuration, EventSourceContext<P> context) {
    super(configuration, context);
  }

  /**
   * An event source for another controller that uses this watch and cache.
   *
   * @param name of that event source
   * @param mapper that controller's primaries to reconcile after a change; it does not throw
   * @param relevant the updates that trigger a reconciliation there; it does not throw
   */
  public <Q extends HasMetadata> Follower<R, Q> follow(
      Class<R> kind, String name, SecondaryToPrimaryMapper<R> mapper, OnUpdateFilter<R> relevant) {
    Follower<R, Q> follower = new Follower<>(kind, name, mapper, relevant);
    add(follower);
    return follower;
  }

  void add(Follower<R, ?> follower) {
    followers.add(follower);
  }

  @Override
  public void onAdd(R object) {
    super.onAdd(object);
    followers.forEach(follower -> follower.changed(object));
  }

  @Override
  public void onUpdate(R before, R now) {
    super.onUpdate(before, now);
    followers.forEach(follower -> follower.updated(before, now));
  }

  // followers are not told under its lock
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized")
  public void onDelete(R object, boolean finalStateUnknown) {
    super.onDelete(object, finalStateUnknown);
    followers.forEach(follower -> follower.changed(object));
  }
}
