package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.jspecify.annotations.Nullable;

/**
 * An X.501 distinguished name such as {@code CN=root,O=Example}, encoded like {@code openssl} does;
 * two are equal if their encodings are.
 */
public final class DistinguishedName {
  private final X500Name name;
  private final byte[] encoded;

  private DistinguishedName(X500Name name) {
    this.name = name;
    try {
      this.encoded = name.getEncoded("DER");
    } catch (IOException e) {
      throw new IllegalStateException("a name that cannot be encoded", e);
    }
  }

  /** The attributes of a subject that a spec lists in separate fields. */
  public record Attributes(
      @Nullable String commonName,
      List<String> organizations,
      List<String> organizationalUnits,
      List<String> countries,
      List<String> provinces,
      List<String> localities,
      List<String> streetAddresses,
      List<String> postalCodes,
      @Nullable String serialNumber) {}

  /**
   * A name from attributes, in the order in which {@code openssl req} asks for them: C, ST, L,
   * street, postal code, O, OU, CN, serial number.
   *
   * @throws PkiException if a value is not allowed; the message names it
   */
  public static DistinguishedName of(Attributes attributes) {
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    add(builder, AttributeType.C, attributes.countries());
    add(builder, AttributeType.ST, attributes.provinces());
    add(builder, AttributeType.L, attributes.localities());
    add(builder, AttributeType.STREET, attributes.streetAddresses());
    add(builder, AttributeType.POSTAL_CODE, attributes.postalCodes());
    add(builder, AttributeType.O, attributes.organizations());
    add(builder, AttributeType.OU, attributes.organizationalUnits());
    add(builder, AttributeType.CN, listOf(attributes.commonName()));
    add(builder, AttributeType.SERIAL_NUMBER, listOf(attributes.serialNumber()));
    return new DistinguishedName(builder.build());
  }

  /**
   * A name from an RFC 4514 string, most specific attribute first: {@code CN=root,O=Example,C=CN}.
   * Attribute types by name or dotted OID, one attribute per RDN, no {@code #hex} values, no
   * control characters.
   *
   * @throws PkiException if the text is not such a string; the message says where
   */
  public static DistinguishedName parse(String text) {
    List<AttributeTypeAndValue> attributes = Rfc4514.parse(text);
    // RFC 4514 section 2.1: the string starts with the last RDN of the encoding
    Collections.reverse(attributes);
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    attributes.forEach(builder::addRDN);
    return new DistinguishedName(builder.build());
  }

  /** The subject of a certificate, as encoded. */
  public static DistinguishedName of(X509Certificate certificate) {
    return new DistinguishedName(
        X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()));
  }

  /** A name that Bouncy Castle has parsed. */
  static DistinguishedName of(X500Name name) {
    return new DistinguishedName(name);
  }

  /**
   * Whether verifiers regard it as a certificate's subject: they ignore differences of encoding and
   * letter case (RFC 5280 section 7.1).
   */
  public boolean isThatOf(X509Certificate certificate) {
    return new X500Principal(encoded).equals(certificate.getSubjectX500Principal());
  }

  /** The same name with this common name instead of its own ones. */
  public DistinguishedName withCommonName(String commonName) {
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    for (RDN rdn : name.getRDNs()) {
      if (Arrays.stream(rdn.getTypesAndValues()).noneMatch(it -> it.getType().equals(BCStyle.CN))) {
        builder.addMultiValuedRDN(rdn.getTypesAndValues());
      }
    }
    builder.addRDN(AttributeType.CN.oid(), AttributeType.CN.encode(commonName));
    return new DistinguishedName(builder.build());
  }

  public boolean isEmpty() {
    return name.getRDNs().length == 0;
  }

  /** The DER encoding. */
  public byte[] encoded() {
    return encoded.clone();
  }

  /** The most specific common name. */
  public Optional<String> commonName() {
    RDN[] all = name.getRDNs(BCStyle.CN);
    return all.length == 0
        ? Optional.empty()
        : Optional.of(String.valueOf(all[all.length - 1].getFirst().getValue()));
  }

  public X500Name name() {
    return name;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DistinguishedName that && Arrays.equals(encoded, that.encoded);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encoded);
  }

  /** As an RFC 4514 string. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    RDN[] all = name.getRDNs();
    for (int i = all.length - 1; i >= 0; i--) {
      if (text.length() > 0) {
        text.append(',');
      }
      String separator = "";
      // certificates made elsewhere may have several attributes in one RDN
      for (AttributeTypeAndValue attribute : all[i].getTypesAndValues()) {
        text.append(separator)
            .append(label(attribute.getType()))
            .append('=')
            .append(Rdn.escapeValue(String.valueOf(attribute.getValue())));
        separator = "+";
      }
    }
    return text.toString();
  }

  /** The name of an attribute type in RFC 4514 strings; its dotted OID if it has none here. */
  public static String label(ASN1ObjectIdentifier type) {
    return AttributeType.label(type).orElse(type.getId());
  }

  private static List<String> listOf(@Nullable String value) {
    return value == null ? List.of() : List.of(value);
  }

  private static void add(X500NameBuilder builder, AttributeType type, List<String> values) {
    for (String value : values) {
      builder.addRDN(type.oid(), type.encode(value));
    }
  }
}
