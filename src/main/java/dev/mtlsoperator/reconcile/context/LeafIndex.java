package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The leaves of one kind and their Secrets, as the caches know them. */
public interface LeafIndex {

  /** Names each leaf of a CA, with the Secret (redacted; null: none) under its name. */
  void leaves(String namespace, String rootCA, BiConsumer<LeafCert<?>, @Nullable Secret> each);

  /**
   * Names each leaf that does not refer to a CA and still has a certificate in its Secret
   * (redacted) that names a generation of it as its issuer: an edited reference takes nothing out
   * of service. Where the CA distrusts a generation, also each that was given its certificates
   * before.
   */
  void former(CAName ca, CaGenerations generations, BiConsumer<LeafCert<?>, Secret> each);
}
