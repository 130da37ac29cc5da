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
import java.util.Map;
import java.util.Optional;

/**
 * CAs that users bring in Secrets of their own. What was found in one is remembered by a digest of
 * its content; a key is read when a generation is made of it, and not kept.
 */
final class ImportInputs {
  private static final int MOST_REMEMBERED = 1000;

  private final KubernetesClient client;
  private final Map<String, DesiredCertificate> judged = RecentlyUsed.atMost(MOST_REMEMBERED);

  ImportInputs(KubernetesClient client) {
    this.client = client;
  }

  /**
   * What a Secret offers to the RootCA that imports it.
   *
   * @param seen as a cache knows it, redacted; empty: not there
   */
  DesiredCertificate judge(RootCA ca, Optional<Secret> seen) {
    String name = source(ca).secretName();
    Optional<Secret> offered = seen.filter(ImportSecret::isOffered);
    if (offered.isEmpty()) {
      return ImportSecret.judge(name, offered);
    }
    DesiredCertificate known = judged.get(key(offered.get()));
    return known == null ? judgeLive(ca) : known;
  }

  /** The same, as the API server has it now. */
  DesiredCertificate judgeLive(RootCA ca) {
    String name = source(ca).secretName();
    Optional<Secret> live = live(ca);
    Optional<DesiredCertificate> known = live.map(secret -> judged.get(key(secret)));
    if (known.isPresent()) {
      return known.get();
    }
    // outside the map: what somebody else offers may take long to read
    DesiredCertificate fresh = ImportSecret.judge(name, live);
    live.ifPresent(secret -> judged.put(key(secret), fresh));
    return fresh;
  }

  /** The CA itself, with its key; empty when it cannot be had any more. */
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

  // by uid too: messages name the Secret, and digests of two tenants' Secrets may be the same
  private static String key(Secret secret) {
    return secret.getMetadata().getUid() + "/" + SecretData.digest(secret);
  }
}
