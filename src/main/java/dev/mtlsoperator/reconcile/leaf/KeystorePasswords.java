package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.PasswordSecretRef;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.secret.Digests;
import dev.mtlsoperator.secret.InputConsent;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.GivenPassword;
import dev.mtlsoperator.secret.leaf.Layout;
import dev.mtlsoperator.secret.leaf.Layout.PasswordSource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The passwords of keystores: users give them in Secrets of their own, or the operator generates
 * them and writes them next to the keystores.
 */
final class KeystorePasswords {
  private final KubernetesClient client;

  KeystorePasswords(KubernetesClient client) {
    this.client = client;
  }

  /** The password to use. */
  sealed interface Choice {
    /** Where the password comes from; empty: there is none to use. */
    Optional<PasswordSource> source();

    /**
     * A password, or none.
     *
     * @param source empty: the leaf has no keystores
     */
    record Given(Optional<PasswordSource> source) implements Choice {}

    /** The user's password cannot be read. */
    record Refused(Finding why) implements Choice {
      @Override
      public Optional<PasswordSource> source() {
        return Optional.empty();
      }
    }
  }

  /**
   * Chooses the password of a leaf's keystores.
   *
   * @param kept the leaf's Secret, whose generated password stays; empty: a new one is generated
   */
  Choice choose(LeafCert<?> leaf, Layout layout, Optional<Secret> kept) {
    if (layout.keystores().isEmpty()) {
      return new Choice.Given(Optional.empty());
    }
    return reference(leaf)
        .map(ref -> read(leaf, ref))
        .orElseGet(
            () ->
                new Choice.Given(
                    Optional.of(
                        new PasswordSource.Generated(
                            kept.flatMap(KeystorePasswords::generated)
                                .orElseGet(Password::generate)))));
  }

  /**
   * The passwords that may open a leaf's truststore: the one that is asked for now, and a generated
   * one next to it.
   */
  List<Password> candidates(LeafCert<?> leaf, Layout layout, Optional<Secret> live) {
    Optional<Password> asked =
        reference(leaf).isPresent()
            ? choose(leaf, layout, live).source().map(PasswordSource::password)
            : Optional.empty();
    return Stream.of(asked, live.flatMap(KeystorePasswords::generated))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Password> generated(Secret secret) {
    return SecretData.text(secret, Keys.KEYSTORE_PASSWORD).map(Password::of);
  }

  private Choice read(LeafCert<?> leaf, PasswordSecretRef ref) {
    Optional<Secret> secret =
        Optional.ofNullable(
            client
                .secrets()
                .inNamespace(leaf.getMetadata().getNamespace())
                .withName(ref.name())
                .get());
    GivenPassword given = GivenPassword.read(secret, ref);
    return given instanceof GivenPassword.Found found
        ? new Choice.Given(Optional.of(new PasswordSource.Given(found.password())))
        : new Choice.Refused(((GivenPassword.Refused) given).why());
  }

  /**
   * Digest of the password's bytes, from a Secret that may be redacted; empty when it must not or
   * cannot be used.
   */
  static Optional<String> digest(Optional<Secret> secret, PasswordSecretRef ref) {
    return secret
        .filter(InputConsent::given)
        .flatMap(s -> SecretData.value(s, ref.key()))
        .map(Digests::ofValue);
  }

  /** The reference in a leaf's spec. */
  static Optional<PasswordSecretRef> reference(LeafCert<?> leaf) {
    return Optional.ofNullable(leaf.getSpec().keystores().pkcs12().passwordSecretRef());
  }
}
