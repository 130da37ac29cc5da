package dev.mtlsoperator.api.leaf;

import static dev.mtlsoperator.api.Api.CATEGORY;
import static dev.mtlsoperator.api.Api.GROUP;
import static dev.mtlsoperator.api.Api.VERSION;

import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * The certificate of a client, such as a browser, a service or a partner, in a {@code
 * kubernetes.io/tls} Secret with keystores.
 */
@Group(GROUP)
@Version(VERSION)
@ShortNames("ccert")
@Categories(CATEGORY)
public final class ClientCert extends LeafCert<ClientCertSpec> {
  private static final long serialVersionUID = 1L;

  @Required
  @Override
  public ClientCertSpec getSpec() {
    return super.getSpec();
  }
}
