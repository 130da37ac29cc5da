package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.revocation.Crl;
import java.util.Optional;

/** Knows the CRLs that are served. */
@FunctionalInterface
public interface CrlSource {
  /** The CRL of one generation of a RootCA; its signature has been verified or is sealed. */
  Optional<Crl> find(CAName ca, int generation);
}
