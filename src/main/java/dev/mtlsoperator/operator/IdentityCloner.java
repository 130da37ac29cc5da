package dev.mtlsoperator.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.Cloner;

/**
 * Returns resources as they are; JOSDK's default cloner copies each one through JSON before a
 * reconciliation.
 */
final class IdentityCloner implements Cloner {
  @Override
  public <R extends HasMetadata> R clone(R resource) {
    return resource;
  }
}
