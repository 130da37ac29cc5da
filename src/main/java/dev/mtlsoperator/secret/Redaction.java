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
    copy.setType(secret.getType());
    copy.setImmutable(secret.getImmutable());
    copy.setMetadata(withoutManagedFields(secret.getMetadata()));
    copy.setData(redacted(secret.getData()));
    return copy;
  }

  /** Metadata without the field managers, which are larger than all the rest. */
  public static ObjectMeta withoutManagedFields(ObjectMeta metadata) {
    return new ObjectMetaBuilder(metadata).withManagedFields().build();
  }

  private static Map<String, String> redacted(Map<String, String> data) {
    Map<String, String> digests = new HashMap<>();
    if (data != null) {
      data.forEach(
          (name, value) ->
              digests.put(name, PUBLIC.contains(name) ? value : Digests.ofValue(value)));
    }
    return digests;
  }
}
