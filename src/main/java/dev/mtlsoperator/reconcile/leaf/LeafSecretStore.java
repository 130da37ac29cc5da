package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.Judged;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.LeafFiles;
import dev.mtlsoperator.secret.leaf.LeafMaterial;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Reads and writes the Secrets of leaves. */
final class LeafSecretStore {
  private final ObjectSource<Secret, ?> secrets;
  private final ReconcileContext shared;

  LeafSecretStore(ObjectSource<Secret, ?> secrets, ReconcileContext shared) {
    this.secrets = secrets;
    this.shared = shared;
  }

  /** The Secret as the cache has it; one that the cache does not show in full is read. */
  Optional<Secret> find(LeafCert<?> leaf) {
    return secrets
        .get(leaf.getMetadata().getNamespace(), leaf.effectiveSecretName())
        .flatMap(found -> CachedMetadata.isShortened(found) ? live(leaf) : Optional.of(found));
  }

  /** The Secret as the API server has it now. */
  Optional<Secret> live(LeafCert<?> leaf) {
    return Optional.ofNullable(
        shared
            .client()
            .secrets()
            .inNamespace(leaf.getMetadata().getNamespace())
            .withName(leaf.effectiveSecretName())
            .get());
  }

  /**
   * Writes files that are made anew.
   *
   * @param replaced the Secret that is replaced, guarded by its resourceVersion; null: none
   */
  LeafOutcome write(
      LeafObservation seen,
      LeafMaterial material,
      LeafSecret.Notes notes,
      @Nullable Secret replaced,
      Finding why) {
    SortedMap<String, byte[]> files;
    try {
      files = LeafFiles.of(material, Layout.of(seen.leaf()));
    } catch (PkiException e) {
      return new LeafOutcome.Failed(
          new Finding(Reason.IssuanceFailed, String.valueOf(e.getMessage())));
    }
    return write(seen, files, notes, replaced, why);
  }

  /**
   * Writes files as they are.
   *
   * @param replaced the Secret that is replaced, guarded by its resourceVersion; null: none
   */
  LeafOutcome write(
      LeafObservation seen,
      SortedMap<String, byte[]> files,
      LeafSecret.Notes notes,
      @Nullable Secret replaced,
      Finding why) {
    LeafCert<?> leaf = seen.leaf();
    Secret secret = LeafSecret.of(leaf, files, notes, replaced, seen.now(), shared.seal());
    try {
      Secret written =
          secrets.write(
              secret,
              s ->
                  replaced == null
                      ? shared.client().resource(s).create()
                      : shared.client().resource(s).update());
      shared.givenTrust().remember(leaf, secret);
      shared.leafAttempts().written(leaf);
      if (why.reason() == Reason.SecretTampered) {
        shared.leafAttempts().repaired(leaf, seen.now());
      }
      return new LeafOutcome.Written(written, why);
    } catch (KubernetesClientException e) {
      return refused(seen, replaced, e);
    }
  }

  /** Deletes the Secret that was judged; returns false if another client changed it. */
  boolean delete(Secret judged) {
    try {
      Judged.delete(shared.client(), judged);
      return true;
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isConflict(e)) {
        throw e;
      }
      return false;
    }
  }

  private LeafOutcome refused(
      LeafObservation seen, @Nullable Secret replaced, KubernetesClientException e) {
    if (ApiErrors.isConflict(e) || (ApiErrors.isNotFound(e) && replaced != null)) {
      return new LeafOutcome.Overtaken(live(seen.leaf()).orElse(null));
    }
    String refusal = ApiErrors.refusal(e).orElseThrow(() -> e);
    shared.leafAttempts().refused(seen.leaf(), refusal, seen.facts().trust().certificates());
    return new LeafOutcome.Failed(
        new Finding(Reason.IssuanceFailed, "the Secret could not be written: " + refusal));
  }
}
