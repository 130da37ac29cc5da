package dev.mtlsoperator.secret;

import static dev.mtlsoperator.api.Api.GROUP;

import dev.mtlsoperator.secret.leaf.Layout;

/**
 * The keys of files, labels and annotations, and the types, of all objects that the operator
 * writes.
 */
public final class Keys {
  public static final String TLS_CRT = "tls.crt";
  public static final String TLS_KEY = "tls.key";
  public static final String CA_CRT = "ca.crt";

  /** In a generation's Secret: its cross-certificate, signed by the former generation. */
  public static final String CROSS_CRT = "cross.crt";

  /** In the Secret of an imported generation: the cross-certificates that came with it. */
  public static final String CROSSES_CRT = "crosses.crt";

  /** Certificate revocation lists in PEM, one of each CA in {@link #CA_CRT}. */
  public static final String CA_CRL = "ca.crl";

  public static final String KEYSTORE = "keystore.p12";
  public static final String TRUSTSTORE = "truststore.p12";
  public static final String KEYSTORE_PASSWORD = "keystore.password";
  public static final String COMBINED_PEM = "tls-combined.pem";
  public static final String KEY_DER = "key.der";

  public static final String TYPE_TLS = "kubernetes.io/tls";

  /** Type of a generation's Secret, which no gateway caches or serves. */
  public static final String TYPE_CA = GROUP + "/ca";

  /** Type of the Secret that remembers the CRLs of a RootCA. */
  public static final String TYPE_CRL = GROUP + "/crl";

  /** Type of the Secret that holds the seal's key. */
  public static final String TYPE_SEAL = GROUP + "/seal";

  public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
  public static final String MANAGED_BY = "mtls-operator";

  /** Kind of the resource for which an object was written; the operator's watches select by it. */
  public static final String KIND_LABEL = GROUP + "/kind";

  /** Name of the RootCA, on its generations and trust bundles. */
  public static final String ROOT_CA_LABEL = GROUP + "/root-ca";

  /** Proves that the operator wrote an object, see {@link Seal}. */
  public static final String SEAL = GROUP + "/seal";

  /** On a generation's Secret: proves that the operator wrote all of its notes. */
  public static final String MILESTONES_SEAL = GROUP + "/latches-seal";

  /** On a generation's Secret: revision of its notes, which grows with each write. */
  public static final String MILESTONES_REVISION = GROUP + "/latches-revision";

  /** Number of a CA generation; on a leaf's Secret: of the one that signed it. */
  public static final String GENERATION = GROUP + "/ca-generation";

  /** Milestone on a generation's Secret: since when it signs (RFC 3339). */
  public static final String SIGNING_SINCE = GROUP + "/signing-since";

  /** Milestone on a generation's Secret: since when every trust bundle holds it (RFC 3339). */
  public static final String DISTRIBUTED_AT = GROUP + "/distributed-at";

  /** Milestone on a generation's Secret: since when no certificate in use is signed by it. */
  public static final String UNUSED_SINCE = GROUP + "/unused-since";

  /** On a generation's Secret: the time after which no certificate signed by it is valid. */
  public static final String LAST_LEAF_NOT_AFTER = GROUP + "/last-leaf-not-after";

  /** On a generation's Secret: how certificates move to it. */
  public static final String REISSUE = GROUP + "/reissue";

  /** On a generation's Secret: fingerprints that its CA distrusts, separated by commas. */
  public static final String DISTRUSTS = GROUP + "/distrusts";

  /** On a generation's Secret: the number up to which generations were retired regularly. */
  public static final String RETIRES = GROUP + "/retires";

  /** On a generation's Secret: the number of a later one that was deleted before it signed. */
  public static final String HIGHEST = GROUP + "/highest-generation";

  /** On a copy of a trust bundle: when its certificates last changed (RFC 3339). */
  public static final String TRUST_SINCE = GROUP + "/trust-since";

  /** On a generation's Secret: name of the Secret from which it was imported. */
  public static final String IMPORTED_FROM = GROUP + "/imported-from";

  /** On a generation's Secret: the reason for which it was made. */
  public static final String REASON = GROUP + "/reason";

  /** On a leaf's Secret: how many certificates were issued for it, including this one. */
  public static final String REVISION = GROUP + "/revision";

  /** On a leaf's Secret: digest of what its files were made from, see {@link Layout}. */
  public static final String LAYOUT = GROUP + "/layout";

  /**
   * On a leaf's Secret that outlives it: the leaf's name, which no owner reference tells. It only
   * says which seal to check.
   */
  public static final String RETAINED_FOR = GROUP + "/retained-for";

  /** The labels and annotations that come from a template, so that they are removed with it. */
  public static final String TEMPLATE = GROUP + "/template";

  /** Value of {@link #KIND_LABEL} on copies of a trust bundle. */
  public static final String TRUST_BUNDLE = "TrustBundle";

  /** Namespace of the RootCA, on copies of its trust bundle. */
  public static final String ROOT_CA_NAMESPACE_LABEL = GROUP + "/root-ca-namespace";

  /** UID of the RootCA, on copies of its trust bundle, which are deleted with it. */
  public static final String ROOT_CA_UID = GROUP + "/root-ca-uid";

  /** On a copy of a trust bundle: whether it is deleted with its RootCA. */
  public static final String DELETION_POLICY = GROUP + "/deletion-policy";

  /** On a copy of a trust bundle: numbers of the generations that it holds, separated by commas. */
  public static final String TRUSTS = GROUP + "/trusts";

  /** On a copy of a trust bundle: digest of what it was made from. */
  public static final String INPUTS = GROUP + "/inputs";

  /** On a copy of a trust bundle: digest of its content as written. */
  public static final String CONTENT = GROUP + "/content";

  /** Digest of the {@code additionalTrust} in a trust bundle; absent if there is none. */
  public static final String ADDITIONAL_TRUST = GROUP + "/additional-trust";

  /**
   * On a leaf's Secret: the RootCAs of other namespaces that admitted the leaf when it got their
   * certificates, separated by commas.
   */
  public static final String ADMITTED_BY = GROUP + "/admitted-by";

  /** The seal over {@link #ADMITTED_BY}. */
  public static final String ADMITTED_SEAL = GROUP + "/admitted-seal";

  /**
   * On a leaf's Secret whose truststore could not be encoded with its trust bundle: fingerprints of
   * the certificates that it holds instead, separated by commas. The seal covers it.
   */
  public static final String TRUSTSTORE_BEHIND = GROUP + "/truststore-behind";

  /** On a leaf's Secret: the CA from which each certificate in its trust bundle comes. */
  public static final String TRUST_SOURCES = GROUP + "/trust-sources";

  /** On a leaf's Secret: digest of the CRLs that it was given. */
  public static final String REVOCATIONS = GROUP + "/revocations";

  /** The seal over {@link #TRUST_SOURCES}. */
  public static final String TRUST_SOURCES_SEAL = GROUP + "/trust-sources-seal";

  /**
   * On a trust ConfigMap: UID of the RootCA, and which entry of its {@code additionalTrust} brought
   * which certificates.
   */
  public static final String ADDITIONAL_ENTRIES = GROUP + "/additional-trust-entries";

  private Keys() {}
}
