package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.ClientCert;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Reconciles {@link ClientCert}s. */
@ControllerConfiguration(name = "clientcert")
public final class ClientCertReconciler extends LeafReconciler<ClientCert> {
  public ClientCertReconciler(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ClientCert blank() {
    return new ClientCert();
  }
}
