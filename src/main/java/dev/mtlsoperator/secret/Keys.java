package dev.mtlsoperator.secret;

import static dev.mtlsoperator.api.Api.GROUP;

import dev.mtlsoperator.secret.leaf.Layout;

/** Names of files, labels, annotations and types on the objects that the operator writes. */
public final class Keys {
  public static final String TLS_CRT = "tls.crt";
  public static final String TLS_KEY = "tls.key";
  public static final String CA_CRT = "ca.crt";

  /** In a generation's Secret: its name and key, signed by the generation before. */
  public static final String CROSS_CRT = "cross.crt";

  public static final String KEYSTORE = "keystore.p12";
  public static final String TRUSTSTORE = "truststore.p12";
  public static final String KEYSTORE_PASSWORD = "keystore.password";
  public static final String COMBINED_PEM = "tls-combined.pem";
  public static final String KEY_DER = "key.der";

  public static final String TYPE_TLS = "kubernetes.io/tls";

  /** Type of a generation's Secret: no gateway caches or serves it. */
  public static final String TYPE_CA = GROUP + "/ca";

  /** Type of the Secret that holds the seal's key. */
  public static final String TYPE_SEAL = GROUP + "/seal";

  public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
  public static final String MANAGED_BY = "mtls-operator";

  /** Kind of the resource that an object was written for; what the operator's watches select by. */
  public static final String KIND_LABEL = GROUP + "/kind";

  /** Name of the RootCA, on its generations and trust bundles. */
  public static final String ROOT_CA_LABEL = GROUP + "/root-ca";

  /** What proves that the operator wrote an object, see {@link Seal}. */
  public static final String SEAL = GROUP + "/seal";

  /**
   * On a generation's Secret: what proves that all that is noted on it was noted by the operator.
   */
  public static final String LATCHES_SEAL = GROUP + "/latches-seal";

  /** On a generation's Secret: how often something was noted on it; goes up with each write. */
  public static final String LATCHES_REVISION = GROUP + "/latches-revision";

  /** Number of a CA generation; on a leaf's Secret: of the one that signed. */
  public static final String GENERATION = GROUP + "/ca-generation";

  /** Latch on a generation's Secret: since when it signs (RFC 3339). */
  public static final String SIGNING_SINCE = GROUP + "/signing-since";

  /** Latch on a generation's Secret: since when every trust bundle holds it (RFC 3339). */
  public static final String DISTRIBUTED_AT = GROUP + "/distributed-at";

  /** Latch on a generation's Secret: since when no certificate in service is signed by it. */
  public static final String UNUSED_SINCE = GROUP + "/unused-since";

  /** On a generation's Secret: no certificate that it signed is valid after that. */
  public static final String LAST_LEAF_NOT_AFTER = GROUP + "/last-leaf-not-after";

  /** Latch on a generation's Secret: how certificates move to it. */
  public static final String REISSUE = GROUP + "/reissue";

  /** Latch on a generation's Secret: fingerprints of those that its CA distrusts, by commas. */
  public static final String DISTRUSTS = GROUP + "/distrusts";

  /**
   * Latch on a generation's Secret: it, and all of lower numbers, have left the trust bundles in
   * good order.
   */
  public static final String RETIRES = GROUP + "/retires";

  /** On a generation's Secret: the number of a later one that was deleted before it signed. */
  public static final String HIGHEST = GROUP + "/highest-generation";

  /** On a copy of a trust bundle: when what it holds was changed last (RFC 3339). */
  public static final String TRUST_SINCE = GROUP + "/trust-since";

  /** Latch on a generation's Secret: name of the Secret that it was imported from. */
  public static final String IMPORTED_FROM = GROUP + "/imported-from";

  /** Latch on a generation's Secret: why it was made. */
  public static final String REASON = GROUP + "/reason";

  /** How many certificates were issued for a leaf, this one included. */
  public static final String REVISION = GROUP + "/revision";

  /** Digest of what a leaf's files were made from, see {@link Layout}. */
  public static final String LAYOUT = GROUP + "/layout";

  /** Which labels and annotations came from {@code secretTemplate}, so that they go with it. */
  public static final String TEMPLATE = GROUP + "/template";

  /** Value of {@link #KIND_LABEL} on further copies of a trust bundle. */
  public static final String TRUST_BUNDLE = "TrustBundle";

  /** Namespace of the RootCA, on copies of its trust bundle. */
  public static final String ROOT_CA_NAMESPACE_LABEL = GROUP + "/root-ca-namespace";

  /** UID of the RootCA, on copies of its trust bundle: whose they are to go with. */
  public static final String ROOT_CA_UID = GROUP + "/root-ca-uid";

  /** What becomes of a copy of a trust bundle when its RootCA is deleted. */
  public static final String DELETION_POLICY = GROUP + "/deletion-policy";

  /** On a copy of a trust bundle: numbers of the generations that it holds, by commas. */
  public static final String TRUSTS = GROUP + "/trusts";

  /** On a copy of a trust bundle: digest of what it was made from. */
  public static final String INPUTS = GROUP + "/inputs";

  /** On a copy of a trust bundle: digest of its content as it was written. */
  public static final String CONTENT = GROUP + "/content";

  /**
   * Digest of the {@code additionalTrust} in a trust bundle; there is none on those that have none.
   */
  public static final String ADDITIONAL_TRUST = GROUP + "/additional-trust";

  /**
   * On a leaf's Secret: the RootCAs of other namespaces that let the leaf in when it was given
   * their certificates, by commas.
   */
  public static final String ADMITTED_BY = GROUP + "/admitted-by";

  /** What proves {@link #ADMITTED_BY}. */
  public static final String ADMITTED_SEAL = GROUP + "/admitted-seal";

  /**
   * On a leaf's Secret whose truststore could not be encoded with its trust bundle: fingerprints of
   * what it holds instead, by commas. Covered by the seal.
   */
  public static final String TRUSTSTORE_BEHIND = GROUP + "/truststore-behind";

  /** On a leaf's Secret: which CA each certificate in its trust bundle is from. */
  public static final String TRUST_SOURCES = GROUP + "/trust-sources";

  /** What proves {@link #TRUST_SOURCES}. */
  public static final String TRUST_SOURCES_SEAL = GROUP + "/trust-sources-seal";

  /**
   * On a trust ConfigMap: UID of the RootCA, and which entry of its {@code additionalTrust} brought
   * which certificates.
   */
  public static final String ADDITIONAL_ENTRIES = GROUP + "/additional-trust-entries";

  private Keys() {}
}
