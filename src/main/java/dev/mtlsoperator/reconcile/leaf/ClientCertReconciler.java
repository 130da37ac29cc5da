package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Reconciles {@link ClientCert}s. */
@ControllerConfiguration(name = "clientcert")
public final class ClientCertReconciler extends LeafReconciler<ClientCert> {
  public ClientCertReconciler(ReconcileContext shared) {
    super(shared);
  }

  @Override
  ClientCert blank() {
    return new ClientCert();
  }
}
