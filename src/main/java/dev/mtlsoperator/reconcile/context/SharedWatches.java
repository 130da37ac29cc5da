package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.kube.NamespaceSource;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.SharedInformer;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Watches that several controllers use: one for each kind of object, however many ask. The
 * controller of RootCAs is registered first and owns those of its objects; the first controller of
 * leaves owns that of the RootCAs for all leaves. Not thread-safe: controllers are registered one
 * after the other.
 */
public final class SharedWatches {
  private @Nullable OfRootCAs ofRootCAs;
  private @Nullable SharedInformer<RootCA, ?> rootCAs;

  /**
   * The watches of the controller of RootCAs that others use.
   *
   * @param generations Secrets of generations, and copies of trust bundles in Secrets
   * @param inputs Secrets whose owners consented to their being read
   */
  public record OfRootCAs(
      ObjectSource<Secret, RootCA> generations,
      ObjectSource<Secret, RootCA> inputs,
      NamespaceSource<RootCA> namespaces) {}

  public void offer(OfRootCAs watches) {
    ofRootCAs = watches;
  }

  public void offer(SharedInformer<RootCA, ?> informer) {
    rootCAs = informer;
  }

  /**
   * Those of the controller of RootCAs.
   *
   * @throws IllegalStateException when it is not registered yet
   */
  public OfRootCAs ofRootCAs() {
    if (ofRootCAs == null) {
      throw new IllegalStateException("the controller of RootCAs has to be registered first");
    }
    return ofRootCAs;
  }

  /** The RootCAs as leaves see them; empty: no controller of leaves is registered yet. */
  public Optional<SharedInformer<RootCA, ?>> rootCAs() {
    return Optional.ofNullable(rootCAs);
  }
}
