package dev.mtlsoperator.api.leaf;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.Subject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part of a spec that both kinds of leaves share. */
public sealed interface LeafSpec permits ServerCertSpec, ClientCertSpec {
  RootCARef rootCARef();

  /** Whose certificates the holder verifies; empty: the signer's. */
  List<RootCARef> trustedCARefs();

  /** Null: the resource's own name, see {@link LeafCert#effectiveSecretName()}. */
  @Nullable String secretName();

  @Nullable String commonName();

  @Nullable Subject subject();

  @Nullable String literalSubject();

  List<String> dnsNames();

  List<String> ipAddresses();

  /** Always empty for a server. */
  List<String> uris();

  /** Always empty for a server. */
  List<String> emailAddresses();

  /** Life of one certificate, see {@link Durations}. */
  String duration();

  /** Null: a third of {@link #duration()}. */
  @Nullable String renewBefore();

  PrivateKey privateKey();

  Keystores keystores();

  List<AdditionalFormat> additionalFormats();

  SecretTemplate secretTemplate();

  /** What restarts when the Secret's content changes. */
  List<Workload> rolloutRestart();
}
