package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.reconcile.kube.KeyedLocks;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The keys of CA generations, cached in memory while in use: each is read from the API server when
 * first needed and forgotten half a minute later, so that a thousand leaves cost one read and an
 * idle operator holds no key.
 */
public final class SigningKeys implements AutoCloseable {
  private static final Duration KEPT = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final ConcurrentHashMap<Id, Optional<CertificateAuthority>> kept =
      new ConcurrentHashMap<>();
  private final KeyedLocks<Id> reading = new KeyedLocks<>();
  private final Set<String> vouched = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService forgetting =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "signing-keys");
            thread.setDaemon(true);
            return thread;
          });

  /** Identifies a key; a Secret that was recreated with the same name has another uid. */
  private record Id(String namespace, String rootCA, int generation, String uid) {}

  public SigningKeys(KubernetesClient client) {
    this.client = client;
  }

  /**
   * The CA that signs as a generation; empty if that very Secret is gone, or its key does not match
   * its certificate.
   *
   * @param reader that of the run
   */
  public Optional<CertificateAuthority> of(
      String rootCA, GenerationSecret.Sealed generation, GenerationReader reader) {
    ObjectMeta metadata = generation.secret().getMetadata();
    Id id = new Id(metadata.getNamespace(), rootCA, generation.number(), metadata.getUid());
    Optional<CertificateAuthority> known = kept.get(id);
    // one read for all leaves of a generation, while those of others proceed
    return known == null ? reading.run(id, () -> readOnce(id, reader)) : known;
  }

  private Optional<CertificateAuthority> readOnce(Id id, GenerationReader reader) {
    Optional<CertificateAuthority> known = kept.get(id);
    if (known != null) {
      return known;
    }
    Optional<CertificateAuthority> found = read(id, reader);
    var unused = forgetting.schedule(() -> kept.remove(id), KEPT.toSeconds(), TimeUnit.SECONDS);
    kept.put(id, found);
    return found;
  }

  /**
   * Whether a generation's key matches its certificate. Checked once for each Secret, which is
   * immutable: the answer is kept, the key is not.
   *
   * @param reader that of the run
   */
  public boolean vouchesFor(
      String rootCA, GenerationSecret.Sealed generation, GenerationReader reader) {
    String uid = generation.secret().getMetadata().getUid();
    if (vouched.contains(uid)) {
      return true;
    }
    boolean found = of(rootCA, generation, reader).isPresent();
    if (found && Boolean.TRUE.equals(generation.secret().getImmutable())) {
      vouched.add(uid);
    }
    return found;
  }

  private Optional<CertificateAuthority> read(Id id, GenerationReader reader) {
    Secret secret =
        client
            .secrets()
            .inNamespace(id.namespace())
            .withName(GenerationSecret.name(id.rootCA(), id.generation()))
            .get();
    return Optional.ofNullable(secret)
        .filter(found -> id.uid().equals(found.getMetadata().getUid()))
        .flatMap(found -> reader.read(id.namespace(), id.rootCA(), found))
        .flatMap(
            generation ->
                SecretData.text(generation.secret(), Keys.TLS_KEY)
                    .flatMap(pem -> authority(generation, pem)));
  }

  private static Optional<CertificateAuthority> authority(
      GenerationSecret.Sealed generation, String pem) {
    try {
      return Optional.of(
          CertificateAuthority.of(generation.certificate(), KeyMaterial.fromPem(pem)));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    forgetting.shutdownNow();
    kept.clear();
  }
}
