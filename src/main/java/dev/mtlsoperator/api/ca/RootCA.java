package dev.mtlsoperator.api.ca;

import static dev.mtlsoperator.api.Api.CATEGORY;
import static dev.mtlsoperator.api.Api.GROUP;
import static dev.mtlsoperator.api.Api.VERSION;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A private certificate authority: the issuer of the namespace's {@link ServerCert}s and {@link
 * ClientCert}s.
 */
@Group(GROUP)
@Version(VERSION)
@ShortNames("rca")
@Categories(CATEGORY)
public final class RootCA extends CustomResource<RootCASpec, RootCAStatus> implements Namespaced {
  private static final long serialVersionUID = 1L;

  @Required
  @Override
  public RootCASpec getSpec() {
    return super.getSpec();
  }

  /** The status; null also if it is only the schema's default, see {@link Api#UNOBSERVED}. */
  @Override
  public @Nullable RootCAStatus getStatus() {
    RootCAStatus status = super.getStatus();
    return status == null || Objects.equals(status.observedGeneration(), Api.UNOBSERVED)
        ? null
        : status;
  }
}
