package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Secrets that the operator manages, for tests: as the operator wrote and reported them, with
 * nothing in them, unless a test says otherwise.
 */
public final class ManagedSecretFixture {
  private Integrity integrity = Integrity.AS_REPORTED;
  private Optional<X509Certificate> certificate = Optional.empty();
  private int revision = 1;
  private int caGeneration = 1;
  private String trust = "";
  private String additional = "";
  private SortedSet<CAName> admittedBy = Collections.emptySortedSet();
  private TrustSources sources = TrustSources.unknown();
  private String layout = "layout";
  private boolean metadataCurrent = true;
  private @Nullable String renew;
  private Optional<Set<Fingerprint>> truststore = Optional.empty();

  private ManagedSecretFixture() {}

  /** A managed Secret, changed as the test says. */
  public static SecretState.Managed aManagedSecret(Consumer<ManagedSecretFixture> change) {
    ManagedSecretFixture it = new ManagedSecretFixture();
    change.accept(it);
    return it.build();
  }

  public ManagedSecretFixture integrity(Integrity value) {
    integrity = value;
    return this;
  }

  public ManagedSecretFixture certificate(@Nullable X509Certificate value) {
    certificate = Optional.ofNullable(value);
    return this;
  }

  public ManagedSecretFixture revision(int value) {
    revision = value;
    return this;
  }

  public ManagedSecretFixture caGeneration(int value) {
    caGeneration = value;
    return this;
  }

  public ManagedSecretFixture trust(String pem) {
    trust = pem;
    return this;
  }

  public ManagedSecretFixture additional(String digest) {
    additional = digest;
    return this;
  }

  public ManagedSecretFixture admittedBy(SortedSet<CAName> value) {
    admittedBy = value;
    return this;
  }

  public ManagedSecretFixture sources(TrustSources value) {
    sources = value;
    return this;
  }

  public ManagedSecretFixture layout(String digest) {
    layout = digest;
    return this;
  }

  public ManagedSecretFixture metadataOutdated() {
    metadataCurrent = false;
    return this;
  }

  public ManagedSecretFixture renew(String value) {
    renew = value;
    return this;
  }

  public ManagedSecretFixture truststore(Set<Fingerprint> value) {
    truststore = Optional.of(value);
    return this;
  }

  private SecretState.Managed build() {
    return new SecretState.Managed(
        integrity,
        certificate,
        revision,
        caGeneration,
        trust,
        additional,
        admittedBy,
        sources,
        layout,
        metadataCurrent,
        renew,
        truststore,
        "");
  }
}
