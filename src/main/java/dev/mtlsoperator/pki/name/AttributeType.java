package dev.mtlsoperator.pki.name;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.style.BCStyle;

/**
 * An attribute type that a subject may have: its name in RFC 4514 strings, its OID, and the upper
 * bound of its value (RFC 5280 appendix A.1).
 */
enum AttributeType {
  C("C", BCStyle.C, 2),
  ST("ST", BCStyle.ST, 128),
  L("L", BCStyle.L, 128),
  STREET("STREET", BCStyle.STREET, 128),
  POSTAL_CODE("postalCode", BCStyle.POSTAL_CODE, 40),
  O("O", BCStyle.O, 64),
  OU("OU", BCStyle.OU, 64),
  CN("CN", BCStyle.CN, 64),
  SERIAL_NUMBER("serialNumber", BCStyle.SERIALNUMBER, 64),
  EMAIL("emailAddress", BCStyle.EmailAddress, 255),
  DC("DC", BCStyle.DC, 63),
  UID("UID", BCStyle.UID, 256);

  private static final Map<String, AttributeType> BY_NAME = byName();

  private final String label;
  private final String oid;
  private final int longest;

  AttributeType(String label, ASN1ObjectIdentifier oid, int longest) {
    this.label = label;
    this.oid = oid.getId();
    this.longest = longest;
  }

  private static Map<String, AttributeType> byName() {
    Map<String, AttributeType> all = new HashMap<>();
    for (AttributeType type : values()) {
      all.put(type.label.toLowerCase(Locale.ROOT), type);
      all.put(type.oid, type);
    }
    all.put("e", EMAIL);
    return all;
  }

  /**
   * The type with a name or a dotted OID, in upper or lower case.
   *
   * @throws PkiException if it is none of these
   */
  static AttributeType named(String text) {
    AttributeType type = BY_NAME.get(text.toLowerCase(Locale.ROOT));
    if (type == null) {
      throw new PkiException(
          "the subject's attribute type '"
              + text
              + "' is not known: use CN, O, OU, C, ST, L, STREET, postalCode, serialNumber, emailAddress, DC or UID");
    }
    return type;
  }

  /** The name of the type with an OID; empty if it is none of these. */
  static Optional<String> label(ASN1ObjectIdentifier oid) {
    return Optional.ofNullable(BY_NAME.get(oid.getId())).map(type -> type.label);
  }

  ASN1ObjectIdentifier oid() {
    return new ASN1ObjectIdentifier(oid);
  }

  /**
   * A value in its ASN.1 string type. BCStyle's own conversion reads a leading # as hexadecimal and
   * drops a leading backslash.
   *
   * @throws PkiException if the value is too long, or has a character that the type does not allow
   */
  ASN1Encodable encode(String value) {
    requireText(value);
    return switch (this) {
      case C -> {
        require(
            value.matches("[A-Z]{2}|[a-z]{2}"),
            "the subject's C is a country of two letters such as DE, not '" + value + "'");
        yield new DERPrintableString(value);
      }
      case SERIAL_NUMBER -> {
        require(
            value.matches("[A-Za-z0-9 '()+,./:=?-]+"),
            "the subject's serialNumber has a character that a PrintableString cannot hold");
        yield new DERPrintableString(value);
      }
      case EMAIL, DC -> {
        require(
            value.chars().allMatch(c -> c > ' ' && c < 127),
            "the subject's " + label + " must be ASCII (IA5String) without spaces");
        yield new DERIA5String(value);
      }
      default -> new DERUTF8String(value);
    };
  }

  private void requireText(String value) {
    require(
        !value.isEmpty() && value.codePointCount(0, value.length()) <= longest,
        "the subject's " + label + " has 1 to " + longest + " characters, not " + value.length());
    require(
        value.codePoints().noneMatch(Character::isISOControl),
        "the subject's " + label + " holds a control character");
    // half of a surrogate pair has no UTF-8 form
    require(
        StandardCharsets.UTF_8.newEncoder().canEncode(value),
        "the subject's " + label + " is not Unicode text");
  }
}
