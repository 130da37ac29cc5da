package dev.mtlsoperator.api.leaf;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.Subject;
import dev.mtlsoperator.api.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fields of a spec that both kinds of leaves have. */
public sealed interface LeafSpec permits ServerCertSpec, ClientCertSpec {
  RootCARef rootCARef();

  /** The RootCAs that the holder trusts; empty: only the signer. */
  List<RootCARef> trustedCARefs();

  /** Null: the resource's own name, see {@link LeafCert#effectiveSecretName()}. */
  @Nullable String secretName();

  @Nullable String commonName();

  @Nullable Subject subject();

  @Nullable String literalSubject();

  List<String> dnsNames();

  List<String> ipAddresses();

  List<String> uris();

  List<String> emailAddresses();

  /** Empty: only the kind's own, see {@link LeafCert#effectiveUsages()}. */
  List<Usage> usages();

  /** Validity period of one certificate, see {@link Durations}. */
  String duration();

  /** Null: a third of {@link #duration()}. */
  @Nullable String renewBefore();

  PrivateKey privateKey();

  Keystores keystores();

  List<AdditionalFormat> additionalFormats();

  SecretTemplate secretTemplate();

  /** The workloads to restart when the Secret's content changes. */
  List<Workload> rolloutRestart();

  /** What happens to the Secret when the resource is deleted. */
  DeletionPolicy deletionPolicy();

  /** Whether the Secret also contains the CRLs of the trusted CAs. */
  Boolean revocations();

  /** Null: not revoked. */
  @Nullable Revoked revoked();
}
