package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The leaves of one kind and their Secrets, as cached. */
public interface LeafIndex {

  /** Passes on each leaf of a CA, with the Secret (redacted; null: none) under its name. */
  void leaves(String namespace, String rootCA, BiConsumer<LeafCert<?>, @Nullable Secret> each);

  /**
   * Passes on each leaf that does not refer to a CA but whose Secret (redacted) still has a
   * certificate that names a generation of that CA as its issuer: editing a reference does not take
   * a certificate out of use. If the CA distrusts a generation, also each leaf that was given the
   * CA's certificates before.
   */
  void former(CAName ca, CaGenerations generations, BiConsumer<LeafCert<?>, Secret> each);

  /**
   * Passes on each certificate of a CA that a leaf asks to revoke, whichever CA the leaf refers to
   * now.
   */
  void revoked(CAName ca, Consumer<LeafRevocations.OfLeaf> each);
}
