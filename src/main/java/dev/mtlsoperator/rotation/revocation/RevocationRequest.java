package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.revocation.RevocationReason;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;

/**
 * A certificate that is to be revoked.
 *
 * @param notAfter the end of its validity; empty: not known
 * @param reason as the CRL is to tell it; empty: none
 */
public record RevocationRequest(
    BigInteger serialNumber, Optional<Instant> notAfter, Optional<RevocationReason> reason) {}
