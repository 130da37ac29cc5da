package dev.mtlsoperator.reconcile.fair;

import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Ticket;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.Optional;
import java.util.function.Function;

/**
 * A resource that waits for a permit and is reconciled again when it is called.
 *
 * @param cache the controller's cache
 * @param called the event source that triggers a reconciliation
 */
public record WaitingResource<P extends HasMetadata>(
    Ticket who,
    ResourceID id,
    String uid,
    Function<ResourceID, Optional<P>> cache,
    SimpleInboundEventSource<P> called)
    implements FairScheduler.Waiter {

  public WaitingResource(
      P resource, Function<ResourceID, Optional<P>> cache, SimpleInboundEventSource<P> called) {
    this(
        new Ticket(
            resource.getMetadata().getNamespace(), String.valueOf(resource.getMetadata().getUid())),
        ResourceID.fromResource(resource),
        String.valueOf(resource.getMetadata().getUid()),
        cache,
        called);
  }

  @Override
  public FairScheduler.Waiter meanwhile() {
    return new WaitingResource<>(
        new Ticket(who.namespace(), uid + "/meanwhile"), id, uid, cache, called);
  }

  @Override
  public boolean isThere() {
    return cache.apply(id).filter(known -> uid.equals(known.getMetadata().getUid())).isPresent();
  }

  @Override
  public void wake() {
    called.propagateEvent(id);
  }
}
