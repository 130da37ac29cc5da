package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;

/** A kind with the rules of its CRD, and random resources of it. */
final class CrdFixture {
  /** Of both kinds of leaves. */
  private static final String[] LEAF_CORNERS = {
    "{dnsNames: null, commonName: null}",
    "{dnsNames: [www.example.com., example.123, Web.example.com], ipAddresses: [192.0.2.1]}",
    "{dnsNames: [b\u00fccher.example], ipAddresses: ['::ffff:192.0.2.1']}",
    "{commonName: www.example.com}",
    "{commonName: '2001:DB8::1'}",
    "{commonName: null, literalSubject: 'O=x,CN=www.example.com'}",
    "{commonName: null, literalSubject: 'CN=x,CN=192.0.2.1'}",
    "{privateKey: {algorithm: Ed25519, encoding: PKCS1}}",
    "{privateKey: {algorithm: Ed25519, size: 256}}",
    "{privateKey: {algorithm: RSA, size: 256}}",
    "{duration: 1h, renewBefore: 0s}",
    "{secretName: x-ca-1, keystores: {pkcs12: {passwordSecretRef: {name: x-ca-1}}}}",
    "{keystores: {pkcs12: {passwordSecretRef: {name: web}}}}"
  };

  static final CrdFixture ROOT_CA =
      new CrdFixture(
          RootCA.class,
          "{commonName: root}",
          "{trustBundles: [{kind: ConfigMap, name: web-trust}]}",
          "{trustBundles: [{kind: ClusterTrustBundle, name: %s}]}".formatted("n".repeat(176)),
          "{trustBundles: [{kind: Secret, name: x, secretType: nginx.org/ca, keys: {truststore: ca.crt}}]}",
          "{trustBundles: [{kind: ConfigMap, name: %s, split: PerCertificate}]}"
              .formatted("n".repeat(236)),
          "{trustBundles: [{kind: ClusterTrustBundle, name: x, split: PerCertificate}]}",
          "{trustBundles: [{kind: Secret, name: x, split: PerCertificate, keys: {id: id}}, {kind: Secret, name: x-x0123456789abcdef}]}",
          "{trustBundles: [{kind: ConfigMap, name: x-ca-1}, {kind: ConfigMap, name: kube-root-ca.crt}]}",
          "{commonName: null, import: {secretName: x-ca-1}}",
          "{subject: {serialNumber: a_b}}",
          "{privateKey: {algorithm: RSA, size: 256}}",
          "{privateKey: {algorithm: Ed25519, size: 256}}",
          "{duration: 30d, renewBefore: 0s, rotation: {overlap: 0s}}",
          "{allowedNamespaces: {from: All}, policy: {dnsNames: ['*.{namespace}.svc']}}",
          "{allowedNamespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}",
          "{additionalTrust: [{secretRef: {name: x-ca-1}}]}",
          "{nameConstraints: {permitted: {ipRanges: [10.0.0.0/8]}, excluded: {uriDomains: [.example.com]}}}");

  static final CrdFixture SERVER_CERT =
      new CrdFixture(
          ServerCert.class, "{rootCARef: {name: root}, dnsNames: [web.example.com]}", LEAF_CORNERS);

  static final CrdFixture CLIENT_CERT =
      new CrdFixture(
          ClientCert.class, "{rootCARef: {name: root}, commonName: client}", LEAF_CORNERS);

  static final List<CrdFixture> ALL = List.of(ROOT_CA, SERVER_CERT, CLIENT_CERT);

  private final Class<? extends HasMetadata> type;
  private final ObjectNode base;
  private final List<ObjectNode> starts;
  private final CrdRules rules;

  /**
   * Of a kind.
   *
   * @param spec of a small valid one
   * @param corners specs on top of it where fields that rules compare meet, so that each is seen
   */
  private CrdFixture(Class<? extends HasMetadata> type, String spec, String... corners) {
    this.type = type;
    this.rules = CrdRules.of(type.getSimpleName());
    try {
      this.base =
          (ObjectNode)
              YamlDocuments.read(
                      "{apiVersion: %s/%s, kind: %s, metadata: {name: web}, spec: %s}"
                          .formatted(Api.GROUP, Api.VERSION, type.getSimpleName(), spec))
                  .get(0)
                  .tree();
    } catch (YamlDocuments.Unreadable e) {
      throw new AssertionError(e);
    }
    this.starts = Stream.concat(Stream.of(base), Stream.of(corners).map(this::with)).toList();
  }

  Class<? extends HasMetadata> type() {
    return type;
  }

  CrdRules rules() {
    return rules;
  }

  /** Mostly valid ones; metadata is always valid. */
  Arbitrary<ObjectNode> resources() {
    return RandomResources.of(starts, rules.schema());
  }

  /** One with the fields of a spec in YAML in place of those of the base. */
  ObjectNode with(String spec) {
    try {
      ObjectNode resource = base.deepCopy();
      ((ObjectNode) resource.get("spec"))
          .setAll((ObjectNode) YamlDocuments.read(spec).get(0).tree());
      return resource;
    } catch (YamlDocuments.Unreadable e) {
      throw new AssertionError(e);
    }
  }

  /** With what the API server adds before it judges. */
  ObjectNode completed(ObjectNode resource) {
    return CrdBounds.completed(rules.schema(), resource);
  }

  /** The bounds that a completed resource breaks. */
  List<CrdBounds.Broken> broken(JsonNode completed) {
    return CrdBounds.broken(rules.schema(), completed);
  }

  /** The kind. */
  @Override
  public String toString() {
    return type.getSimpleName();
  }
}
