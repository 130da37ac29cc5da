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
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
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
  UID("UID", BCStyle.UID, 256),
  GN("GN", BCStyle.GIVENNAME, Bounds.NAME),
  SN("SN", BCStyle.SURNAME, Bounds.NAME),
  TITLE("title", BCStyle.T, 64),
  INITIALS("initials", BCStyle.INITIALS, Bounds.NAME),
  GENERATION_QUALIFIER("generationQualifier", BCStyle.GENERATION, Bounds.NAME),
  PSEUDONYM("pseudonym", BCStyle.PSEUDONYM, 128),
  DN_QUALIFIER("dnQualifier", BCStyle.DN_QUALIFIER, 64),
  ORGANIZATION_IDENTIFIER("organizationIdentifier", BCStyle.ORGANIZATION_IDENTIFIER, 256);

  /** Upper bounds that several types share. */
  private static final class Bounds {
    /** ub-name of RFC 5280 appendix A.1. */
    private static final int NAME = 32_768;

    /** Of an OID in dotted form; those in use are far shorter. */
    private static final int OID = 400;

    /** Of types that have none: as long as any other identifier here. */
    private static final int ANY_OTHER = 256;
  }

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
    all.put("givenname", GN);
    all.put("surname", SN);
    return all;
  }

  /**
   * The attribute with a type, by its name in upper or lower case or by its dotted OID. The value
   * of a type that has no name here becomes a UTF8String.
   *
   * @throws PkiException if there is no such type, or it does not allow the value
   */
  static AttributeTypeAndValue attribute(String text, String value) {
    AttributeType type = BY_NAME.get(text.toLowerCase(Locale.ROOT));
    if (type != null) {
      return new AttributeTypeAndValue(type.oid(), type.encode(value));
    }
    ASN1ObjectIdentifier other =
        text.length() > Bounds.OID ? null : ASN1ObjectIdentifier.tryFromID(text);
    if (other == null) {
      throw new PkiException(
          "the subject's attribute type '"
              + text
              + "' is not known: use CN, O, OU, C, ST, L, STREET, postalCode, serialNumber, emailAddress, DC, UID, GN, SN, title, initials, generationQualifier, pseudonym, dnQualifier, organizationIdentifier, or its dotted OID such as 2.5.4.97");
    }
    requireText(text, value, Bounds.ANY_OTHER);
    return new AttributeTypeAndValue(other, new DERUTF8String(value));
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
    requireText(label, value, longest);
    return switch (this) {
      case C -> {
        require(
            value.matches("[A-Z]{2}|[a-z]{2}"),
            "the subject's C is a country of two letters such as DE, not '" + value + "'");
        yield new DERPrintableString(value);
      }
      case SERIAL_NUMBER, DN_QUALIFIER -> {
        require(
            value.matches("[A-Za-z0-9 '()+,./:=?-]+"),
            "the subject's " + label + " has a character that a PrintableString cannot hold");
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

  private static void requireText(String label, String value, int longest) {
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
