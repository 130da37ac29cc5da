package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Reconciles {@link ServerCert}s. */
@ControllerConfiguration(name = "servercert")
public final class ServerCertReconciler extends LeafReconciler<ServerCert> {
  public ServerCertReconciler(ReconcileContext shared) {
    super(shared);
  }

  @Override
  ServerCert blank() {
    return new ServerCert();
  }
}
