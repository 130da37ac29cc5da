package dev.mtlsoperator.rotation;

/**
 * The reasons of {@link Finding}s, as they appear in conditions, Events, logs and {@code
 * status.lastIssuance}.
 */
public enum Reason {
  // why a certificate is issued
  /** There is no Secret yet, or it was deleted. */
  SecretMissing,
  /** The Secret's content is not what the operator wrote. */
  SecretTampered,
  /** The certificate in use is not the one that the spec asks for. */
  SpecChanged,
  /** The certificate in use was signed by a CA that is no longer trusted. */
  IssuerChanged,
  /** The {@code renew} annotation has a new value. */
  RenewRequested,
  /** The renewal time has passed. */
  RenewalDue,

  /** The certificate or the CA in use is not valid yet: a clock was ahead, or is behind. */
  NotYetValid,

  /** Another generation of the CA signs, and certificates are reissued immediately. */
  CARotated,

  // why a Secret is written again with the same key and certificate
  /** The trust bundle changed. */
  TrustChanged,
  /** Keystores, their password, the key's encoding or the additional formats changed. */
  LayoutChanged,
  /** Labels, annotations or owner of the Secret differ from the desired ones. */
  MetadataChanged,

  // of revocation
  /** The certificates of a leaf are revoked, or the one in service is to be. */
  Revoked,
  /** Certificates were revoked, or CRLs are missing. */
  RevocationChanged,
  /** A CRL has to be signed again, because of the time. */
  RevocationDue,
  /** A CA lacks a current CRL, so that a trust bundle has none or admits no other CA. */
  RevocationIncomplete,
  /** The CRLs of a trust bundle almost fill the object that holds them. */
  RevocationNearLimit,

  // why nothing can be done
  /** The spec breaks a rule that the API server could not check. */
  InvalidSpec,
  /** The operator does not manage the Secret. */
  SecretConflict,
  /** No CA generation can sign. */
  CANotAvailable,
  /** The CA's policy does not allow the requested certificate. */
  PolicyViolation,
  /** A referenced object is in a namespace that the operator does not watch. */
  OutOfWatchScope,
  /** An input Secret is missing, or its owner did not consent; the message does not tell which. */
  InputNotAvailable,
  /** An input Secret has content that cannot be used. */
  InvalidInput,
  /** Issuing the certificate failed; it is retried. */
  IssuanceFailed,

  // of workloads that restart for a leaf
  /** A workload is missing, or does not consent; the message does not tell which. */
  WorkloadNotAvailable,
  /** The operator runs without permission to restart workloads. */
  RestartsOff,
  /** The API server rejects reading or restarting a workload. */
  RestartFailed,
  /** A workload restarts: its Secret has new content. */
  Restarted,

  // of a RootCA
  /** A new CA is requested, and there are no traces of an older one. */
  Created,
  /** The Secret to import holds another CA. */
  Imported,
  /** A user adopted a generation by its fingerprint. */
  Adopted,
  /** There are traces of a CA, but no generation with a key. */
  CAKeyMissing,
  /** Somebody changed the operator's notes on a generation's Secret, or restored older ones. */
  Tampered,
  /** The generation that signs has expired. */
  CAExpired,
  /** The CA in use is not the one that the spec asks for. */
  SpecNotInService,
  /** The {@code rotate} annotation requests a rotation. */
  RotationRequested,
  /** Every trust bundle holds the next generation. */
  Distributed,
  /** The next generation signs. */
  Migrating,
  /** The next generation signs before all verifiers are known to trust it. */
  TrustIncomplete,
  /** No certificate in use is signed by a former generation. */
  Unused,
  /** A former generation is removed from the trust bundles. */
  Retiring,
  /** A former generation was deleted. */
  Retired,
  /** A user distrusted a generation. */
  Distrusted,
  /** The operator's clock and the API server's differ too much. */
  ClockSkewed,
  /** The operator's clock jumped recently. */
  ClockJumped,
  /** The operator may not see all objects. */
  CachesNotInSync,
  /** The operator asks the API server before it does something irreversible. */
  Confirming,
  /** Some copies of the trust bundle cannot be written; the rotation does not wait for them. */
  TrustNotDistributed,
  /** The operator does not manage the trust ConfigMap. */
  TrustBundleConflict,

  /** The operator itself failed; it retries. */
  InternalError,

  /** Everything is as the spec asks for. */
  Issued
}
