package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.ImportSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * CAs that users provide in Secrets of their own. The result of checking a Secret is cached by a
 * digest of its content; a key is read when a generation is made of it, and not kept.
 */
final class ImportInputs {
  private static final int MOST_REMEMBERED = 1000;

  private final KubernetesClient client;
  private final Map<String, ImportSecret.Judged> judged = RecentlyUsed.atMost(MOST_REMEMBERED);

  ImportInputs(KubernetesClient client) {
    this.client = client;
  }

  /**
   * What a Secret offers to the RootCA that imports it.
   *
   * @param seen as cached, redacted; empty: it does not exist
   */
  DesiredCertificate judge(RootCA ca, Optional<Secret> seen, Instant now) {
    return judge(ca, seen).at(now);
  }

  private ImportSecret.Judged judge(RootCA ca, Optional<Secret> seen) {
    String name = source(ca).secretName();
    Optional<Secret> offered = seen.filter(ImportSecret::isOffered);
    if (offered.isEmpty()) {
      return ImportSecret.judge(name, offered);
    }
    ImportSecret.Judged known = judged.get(key(offered.get()));
    return known == null ? judgeLive(ca) : known;
  }

  /** The same, as the API server has it now. */
  DesiredCertificate judgeLive(RootCA ca, Instant now) {
    return judgeLive(ca).at(now);
  }

  private ImportSecret.Judged judgeLive(RootCA ca) {
    String name = source(ca).secretName();
    Optional<Secret> live = live(ca);
    Optional<ImportSecret.Judged> known = live.map(secret -> judged.get(key(secret)));
    if (known.isPresent()) {
      return known.get();
    }
    // outside the map's lock: parsing foreign content may take long
    ImportSecret.Judged fresh = ImportSecret.judge(name, live);
    live.ifPresent(secret -> judged.put(key(secret), fresh));
    return fresh;
  }

  /** The CA itself, with its key; empty if it is no longer available. */
  Optional<ImportedCa> read(RootCA ca) {
    try {
      return live(ca).map(ImportSecret::read);
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  private Optional<Secret> live(RootCA ca) {
    return Optional.ofNullable(
            client
                .secrets()
                .inNamespace(ca.getMetadata().getNamespace())
                .withName(source(ca).secretName())
                .get())
        .filter(ImportSecret::isOffered);
  }

  static ImportSource source(RootCA ca) {
    ImportSource source = ca.getSpec().importFrom();
    if (source == null) {
      throw new IllegalStateException("asked for the import of a CA that is made here");
    }
    return source;
  }

  // includes the uid: messages name the Secret, and two tenants' Secrets may have the same digest
  private static String key(Secret secret) {
    return secret.getMetadata().getUid() + "/" + SecretData.digest(secret);
  }
}
