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
 * The files and formats to which a leaf's certificate, key and trust bundle are written.
 *
 * @param keystores empty if there are none
 * @param revocations whether it has CRLs, where there are some
 */
public record Layout(
    KeyEncoding encoding,
    List<AdditionalFormat> formats,
    Optional<Stores> keystores,
    Revocations revocations) {

  public Layout {
    formats = List.copyOf(formats);
  }

  /**
   * Options of the PKCS#12 keystores.
   *
   * @param alias of the key; Java turns it into lower case
   */
  public record Stores(String alias, Pkcs12Encryption encryption) {

    Pkcs12.Encryption pkcs12() {
      return switch (encryption) {
        case Modern -> Pkcs12.Encryption.MODERN;
        case Legacy -> Pkcs12.Encryption.LEGACY;
      };
    }
  }

  /** Whether there are CRLs next to the trust bundle. */
  public enum Revocations {
    LEFT_OUT,
    INCLUDED
  }

  /** The layout that a leaf's spec asks for. */
  public static Layout of(LeafCert<?> leaf) {
    Pkcs12Keystore asked = leaf.getSpec().keystores().pkcs12();
    boolean enabled = Objects.requireNonNullElse(asked.enabled(), leaf instanceof ClientCert);
    String alias = Objects.requireNonNullElse(asked.alias(), leaf.getMetadata().getName());
    return new Layout(
        leaf.getSpec().privateKey().encoding(),
        leaf.getSpec().additionalFormats(),
        enabled ? Optional.of(new Stores(alias, asked.encryption())) : Optional.empty(),
        leaf.getSpec().revocations() ? Revocations.INCLUDED : Revocations.LEFT_OUT);
  }

  /**
   * Digest of everything but key, certificate and trust bundle from which the files are made. It is
   * noted on the Secret, which is written again only if the digest changes (PKCS#12 never has the
   * same bytes twice).
   *
   * @param passwordDigest of the user's password; empty if it is generated
   * @param trusted the CAs that the spec trusts, in order, so that removing one takes effect at
   *     once; empty for the signer alone
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
    if (revocations == Revocations.INCLUDED) {
      inputs.add("revocations");
    }
    inputs.addAll(trusted);
    return seal.ofInputs(inputs.toArray(String[]::new));
  }

  /** The source of the keystores' password. */
  public sealed interface PasswordSource {
    /** A password that the user supplies. */
    record Given(Password password) implements PasswordSource {}

    /** A password that the operator generates and writes next to the keystores. */
    record Generated(Password password) implements PasswordSource {}

    Password password();
  }
}
