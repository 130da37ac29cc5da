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
 * The certificate of a server, for DNS names and IP addresses, in a {@code kubernetes.io/tls}
 * Secret.
 */
@Group(GROUP)
@Version(VERSION)
@ShortNames("scert")
@Categories(CATEGORY)
public final class ServerCert extends LeafCert<ServerCertSpec> {
  private static final long serialVersionUID = 1L;

  @Required
  @Override
  public ServerCertSpec getSpec() {
    return super.getSpec();
  }
}
