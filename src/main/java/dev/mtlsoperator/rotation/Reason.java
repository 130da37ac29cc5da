package dev.mtlsoperator.rotation;

/**
 * The vocabulary of {@link Finding}s: what stands in conditions, Events, logs and {@code
 * status.lastIssuance}.
 */
public enum Reason {
  // why a certificate is issued
  /** There is no Secret yet, or it was deleted. */
  SecretMissing,
  /** The Secret's content is not what the operator wrote. */
  SecretTampered,
  /** The certificate in service is not what the spec asks for. */
  SpecChanged,
  /** The certificate in service was signed by a CA that is no longer trusted. */
  IssuerChanged,
  /** The {@code renew} annotation has a new value. */
  RenewRequested,
  /** The renewal time has come. */
  RenewalDue,

  /** The certificate or the CA in service is not valid yet: a clock was ahead, or is behind. */
  NotYetValid,

  /** Another generation of the CA signs, and certificates move to it at once. */
  CARotated,

  // why a Secret is written again with the same key and certificate
  /** The trust bundle changed. */
  TrustChanged,
  /** Keystores, their password, the key's encoding or the additional formats changed. */
  LayoutChanged,
  /** Labels, annotations or owner of the Secret are not as they should be. */
  MetadataChanged,

  // why nothing can be done
  /** The spec breaks a rule that the API server could not check. */
  InvalidSpec,
  /** The Secret belongs to somebody else. */
  SecretConflict,
  /** No CA generation can sign. */
  CANotAvailable,
  /** The CA's policy does not allow what is asked for. */
  PolicyViolation,
  /** What is referred to lies where the operator does not look. */
  OutOfWatchScope,
  /** An input Secret is missing, or its owner did not consent; which of the two is not told. */
  InputNotAvailable,
  /** An input Secret holds something that cannot be used. */
  InvalidInput,
  /** Making the certificate failed; it is tried again. */
  IssuanceFailed,

  // of workloads that restart for a leaf
  /** A workload is missing, or does not agree; which of the two is not told. */
  WorkloadNotAvailable,
  /** The operator was not started to restart workloads. */
  RestartsOff,
  /** The API server refuses to read or restart a workload. */
  RestartFailed,
  /** A workload restarts: its Secret has new content. */
  Restarted,

  // of a RootCA
  /** A new CA was asked for and nothing speaks against it. */
  Created,
  /** The Secret to import holds another CA. */
  Imported,
  /** A person vouched for a generation by its fingerprint. */
  Adopted,
  /** Traces of a CA are there, but no generation with a key. */
  CAKeyMissing,
  /** What the operator noted on a generation's Secret was changed, or set back, by somebody. */
  Tampered,
  /** The generation that signs has expired. */
  CAExpired,
  /** The CA in service is not what the spec asks for. */
  SpecNotInService,
  /** A rotation was asked for by the annotation. */
  RotationRequested,
  /** Every trust bundle holds the next generation. */
  Distributed,
  /** The next generation signs. */
  Migrating,
  /** The next generation signs before everybody is known to trust it. */
  TrustIncomplete,
  /** No certificate in service is signed by a former generation. */
  Unused,
  /** A former generation leaves the trust bundles. */
  Retiring,
  /** A former generation is gone. */
  Retired,
  /** A person pulled the emergency brake on a generation. */
  Distrusted,
  /** The operator's clock and the API server's differ too much. */
  ClockSkewed,
  /** The operator's clock jumped a moment ago. */
  ClockJumped,
  /** The operator may not see all that is there. */
  CachesNotInSync,
  /** The API server is asked before something is done that cannot be undone. */
  Confirming,
  /** Some copies of the trust bundle cannot be written, and are not waited for. */
  TrustNotDistributed,
  /** The trust ConfigMap belongs to somebody else. */
  TrustBundleConflict,

  /** The operator itself failed; it is tried again. */
  InternalError,

  /** All is as the spec asks. */
  Issued
}
