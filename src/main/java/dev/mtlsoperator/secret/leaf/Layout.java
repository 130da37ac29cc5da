package dev.mtlsoperator.secret.leaf;

import dev.mtlsoperator.api.leaf.AdditionalFormat;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.KeyEncoding;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.Pkcs12Encryption;
import dev.mtlsoperator.api.leaf.Pkcs12Keystore;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.secret.Seal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which files a leaf's material is written to.
 *
 * @param keystores empty: none
 */
public record Layout(
    KeyEncoding encoding, List<AdditionalFormat> formats, Optional<Stores> keystores) {

  public Layout {
    formats = List.copyOf(formats);
  }

  /**
   * How the PKCS#12 keystores are made.
   *
   * @param alias in lower case: Java folds it
   */
  public record Stores(String alias, Pkcs12Encryption encryption) {

    Pkcs12.Encryption pkcs12() {
      return switch (encryption) {
        case Modern -> Pkcs12.Encryption.MODERN;
        case Legacy -> Pkcs12.Encryption.LEGACY;
      };
    }
  }

  /** What a leaf's spec asks for. */
  public static Layout of(LeafCert<?> leaf) {
    Pkcs12Keystore asked = leaf.getSpec().keystores().pkcs12();
    boolean enabled = Objects.requireNonNullElse(asked.enabled(), leaf instanceof ClientCert);
    String alias = Objects.requireNonNullElse(asked.alias(), leaf.getMetadata().getName());
    return new Layout(
        leaf.getSpec().privateKey().encoding(),
        leaf.getSpec().additionalFormats(),
        enabled ? Optional.of(new Stores(alias, asked.encryption())) : Optional.empty());
  }

  /**
   * Digest of what the files are made from, beside key, certificate and trust. It is kept on the
   * Secret: what has the same digest need not be written again (PKCS#12 bytes are never twice the
   * same).
   *
   * @param passwordDigest of a password that the user gave; empty: it is generated
   * @param trusted the CAs that the user named as trusted, in order: whom an edit takes out leaves
   *     at once; empty: the signer
   */
  public String digest(Seal seal, Optional<String> passwordDigest, List<String> trusted) {
    List<String> inputs =
        new ArrayList<>(
            List.of(
                "layout",
                encoding.name(),
                formats.stream().map(Enum::name).sorted().collect(Collectors.joining(",")),
                keystores.map(s -> s.alias() + "/" + s.encryption().name()).orElse(""),
                keystores.isPresent() ? passwordDigest.orElse("generated") : ""));
    inputs.addAll(trusted);
    return seal.ofInputs(inputs.toArray(String[]::new));
  }

  /** Where the keystores' password comes from. */
  public sealed interface PasswordSource {
    /** The user's. */
    record Given(Password password) implements PasswordSource {}

    /** Made by the operator, and therefore written beside the keystores. */
    record Generated(Password password) implements PasswordSource {}

    Password password();
  }
}
