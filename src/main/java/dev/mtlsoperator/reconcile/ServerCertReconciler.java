package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.ServerCert;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;

/** Reconciles {@link ServerCert}s. */
@ControllerConfiguration(name = "servercert")
public final class ServerCertReconciler extends LeafReconciler<ServerCert> {
  public ServerCertReconciler(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ServerCert blank() {
    return new ServerCert();
  }
}
