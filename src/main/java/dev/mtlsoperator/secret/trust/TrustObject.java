package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.TrustBundleKeys;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.trust.TrustTargets.Target;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The content of a trust bundle in a ConfigMap, a Secret or a ClusterTrustBundle. */
final class TrustObject {
  private static final String SPEC = "spec";
  private static final String TRUST_BUNDLE = "trustBundle";

  private TrustObject() {}

  /** An object with that content and no metadata. */
  static HasMetadata of(Target target, TrustContent content) {
    return of(target, content, truststore(target.bundle().effectiveKeys(), content.certificates()));
  }

  private static HasMetadata of(
      Target target, TrustContent content, Map<String, String> truststore) {
    TrustBundleKeys keys = target.bundle().effectiveKeys();
    return switch (target.place().kind()) {
      case ConfigMap ->
          new ConfigMapBuilder().withData(texts(keys, content)).withBinaryData(truststore).build();
      case Secret -> {
        SortedMap<String, byte[]> files = new TreeMap<>();
        texts(keys, content)
            .forEach((key, text) -> files.put(key, text.getBytes(StandardCharsets.UTF_8)));
        yield new SecretBuilder()
            .withType(target.bundle().effectiveSecretType())
            .withData(SecretData.encode(files))
            .addToData(truststore)
            .build();
      }
      case ClusterTrustBundle -> clusterTrustBundle(content.pem());
    };
  }

  /**
   * The same over a copy that the operator wrote: a truststore that was made of the same
   * certificates stays, since it never has the same bytes twice.
   */
  static HasMetadata of(Target target, TrustContent content, HasMetadata before) {
    TrustBundleKeys keys = target.bundle().effectiveKeys();
    return of(
        target,
        content,
        truststore(keys, before)
            .filter(made -> certificates(keys, before).equals(Optional.of(content.pem())))
            .map(made -> Map.of(String.valueOf(keys.truststore()), made))
            .orElseGet(() -> truststore(keys, content.certificates())));
  }

  /** Whether two objects hold the same certificates, in each form. */
  static boolean holdSameTrust(TrustBundleKeys keys, HasMetadata one, HasMetadata other) {
    return certificates(keys, one).equals(certificates(keys, other))
        && truststore(keys, one).equals(truststore(keys, other));
  }

  private static Optional<String> truststore(TrustBundleKeys keys, HasMetadata found) {
    String key = keys.truststore();
    if (key == null) {
      return Optional.empty();
    }
    if (found instanceof ConfigMap map) {
      return Optional.ofNullable(map.getBinaryData()).map(data -> data.get(key));
    }
    return found instanceof Secret secret ? SecretData.value(secret, key) : Optional.empty();
  }

  private static Map<String, String> texts(TrustBundleKeys keys, TrustContent content) {
    Map<String, String> texts = new HashMap<>();
    texts.put(keys.certificates(), content.pem());
    String key = keys.revocations();
    if (key != null) {
      content.revocations().ifPresent(crls -> texts.put(key, crls));
    }
    String id = keys.id();
    if (id != null) {
      content.certificates().stream()
          .findFirst()
          .map(SplitObjects::id)
          .ifPresent(uuid -> texts.put(id, uuid));
    }
    return texts;
  }

  /** A new object with the same content and no metadata. */
  static HasMetadata copy(HasMetadata live) {
    if (live instanceof Secret secret) {
      return new SecretBuilder().withType(secret.getType()).withData(secret.getData()).build();
    }
    if (live instanceof ConfigMap map) {
      return new ConfigMapBuilder()
          .withData(map.getData())
          .withBinaryData(map.getBinaryData())
          .build();
    }
    return clusterTrustBundle(trustBundle(live));
  }

  /** Digest of an object's whole content, the same for a Secret and for its redacted copy. */
  static String digest(HasMetadata object) {
    if (object instanceof Secret secret) {
      return SecretData.digest(secret);
    }
    if (object instanceof ConfigMap map) {
      StringBuilder all = new StringBuilder();
      new TreeMap<>(map.getData() == null ? Map.of() : map.getData())
          .forEach((k, v) -> all.append(k).append('=').append(Digests.of(v)).append('\n'));
      all.append('\n');
      new TreeMap<>(map.getBinaryData() == null ? Map.of() : map.getBinaryData())
          .forEach((k, v) -> all.append(k).append('=').append(Digests.of(v)).append('\n'));
      return Digests.of(all.toString());
    }
    return Digests.of(trustBundle(object));
  }

  /** The certificates in PEM; empty if none are visible. */
  static Optional<String> certificates(TrustBundleKeys keys, HasMetadata found) {
    if (found instanceof ConfigMap map) {
      return Optional.ofNullable(map.getData()).map(data -> data.get(keys.certificates()));
    }
    return found instanceof Secret secret
        ? SecretData.text(secret, keys.certificates())
        : Optional.of(trustBundle(found));
  }

  /** All texts in an object. */
  static Stream<String> texts(HasMetadata found) {
    if (found instanceof ConfigMap map) {
      return map.getData() == null ? Stream.of() : map.getData().values().stream();
    }
    return found instanceof Secret secret
        ? SecretData.texts(secret)
        : Stream.of(trustBundle(found));
  }

  /** Whether an object has no other keys. */
  static boolean hasNoOtherKeys(TrustBundleKeys keys, HasMetadata found) {
    Set<String> names = new HashSet<>();
    if (found instanceof ConfigMap map) {
      names.addAll(map.getData() == null ? Set.of() : map.getData().keySet());
      names.addAll(map.getBinaryData() == null ? Set.of() : map.getBinaryData().keySet());
    } else if (found instanceof Secret secret) {
      names.addAll(secret.getData() == null ? Set.of() : secret.getData().keySet());
    }
    names.remove(keys.certificates());
    names.remove(keys.truststore());
    names.remove(keys.revocations());
    names.remove(keys.id());
    return names.isEmpty();
  }

  private static HasMetadata clusterTrustBundle(String pem) {
    GenericKubernetesResource object = new GenericKubernetesResource();
    object.setKind("ClusterTrustBundle");
    object.setAdditionalProperty(SPEC, Map.of(TRUST_BUNDLE, pem));
    return object;
  }

  private static Map<String, String> truststore(
      TrustBundleKeys keys, List<X509Certificate> certificates) {
    String key = keys.truststore();
    if (key == null) {
      return Map.of();
    }
    Password password = Password.of(TrustCopy.TRUSTSTORE_PASSWORD);
    byte[] bytes = Pkcs12.truststore(certificates, password, Pkcs12.Encryption.MODERN);
    if (!certificates.isEmpty()) {
      // one that is empty on purpose is not looked into
      Pkcs12.verifyOpens(bytes, password);
    }
    return Map.of(key, Base64.getEncoder().encodeToString(bytes));
  }

  private static String trustBundle(HasMetadata object) {
    return object instanceof GenericKubernetesResource generic
            && generic.getAdditionalProperties().get(SPEC) instanceof Map<?, ?> spec
            && spec.get(TRUST_BUNDLE) instanceof String pem
        ? pem
        : "";
  }
}
