package dev.mtlsoperator.secret;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What of a Secret may lie in a cache: certificates as they are, of all else the digest. */
public final class Redaction {
  private static final Set<String> PUBLIC = Set.of(Keys.TLS_CRT, Keys.CA_CRT, Keys.CROSS_CRT);

  private Redaction() {}

  /**
   * A copy of a Secret without keys, passwords and keystores; tampering still shows in the digests.
   */
  public static Secret of(Secret secret) {
    Secret copy = new Secret();
    copy.setApiVersion(secret.getApiVersion());
    copy.setKind(secret.getKind());
    copy.setType(Abridged.bounded(secret.getType()));
    copy.setImmutable(secret.getImmutable());
    copy.setMetadata(withoutManagedFields(secret.getMetadata()));
    copy.setData(redacted(secret.getData(), PUBLIC));
    return copy;
  }

  /**
   * A copy of a Secret that somebody else wrote, an input or what looks like ours: type, some
   * labels, and the digests of its values.
   */
  public static Secret ofOthers(Secret secret) {
    Map<String, String> annotations = new HashMap<>();
    // that there is one is what counts
    SecretData.annotation(secret, Keys.SEAL).ifPresent(seal -> annotations.put(Keys.SEAL, ""));
    Secret copy = new Secret();
    copy.setType(Abridged.bounded(secret.getType()));
    copy.setMetadata(Abridged.metadata(secret, annotations));
    copy.setData(redacted(secret.getData(), Set.of()));
    return copy;
  }

  /** Metadata without the field managers, which are larger than all the rest. */
  public static ObjectMeta withoutManagedFields(ObjectMeta metadata) {
    return new ObjectMetaBuilder(metadata).withManagedFields().build();
  }

  private static Map<String, String> redacted(Map<String, String> data, Set<String> plain) {
    Map<String, String> digests = new HashMap<>();
    if (data != null) {
      Digests.bounded(data)
          .forEach(
              (name, value) ->
                  digests.put(name, plain.contains(name) ? value : Digests.ofValue(value)));
    }
    return digests;
  }
}
