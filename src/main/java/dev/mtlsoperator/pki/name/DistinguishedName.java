package dev.mtlsoperator.pki.name;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.jspecify.annotations.Nullable;

/** An X.501 distinguished name, encoded as {@code openssl} would; equal when the encodings are. */
public final class DistinguishedName {

  /**
   * A known attribute type: name, OID, and the upper bound of its value (RFC 5280 appendix A.1).
   */
  private enum Type {
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

    private final String label;
    private final String oid;
    private final int longest;

    Type(String label, ASN1ObjectIdentifier oid, int longest) {
      this.label = label;
      this.oid = oid.getId();
      this.longest = longest;
    }
  }

  private static final Map<String, Type> BY_NAME = new HashMap<>();

  static {
    for (Type type : Type.values()) {
      BY_NAME.put(type.label.toLowerCase(Locale.ROOT), type);
      BY_NAME.put(type.oid, type);
    }
    BY_NAME.put("e", Type.EMAIL);
  }

  /** One RDN of RFC 4514 section 3: type, value with its escapes, and what ends it. */
  private static final Pattern RELATIVE =
      Pattern.compile(
          "([A-Za-z][A-Za-z0-9-]*+|[0-9]++(?:\\.[0-9]++)++)=((?:[^,+\"\\\\;<>\\p{Cntrl}]++|\\\\[ \"#+,;<=>\\\\]|\\\\[0-9A-Fa-f]{2})*+)(,|\\+|\\z)");

  /** More has never been seen in a certificate. */
  private static final int MOST_ATTRIBUTES = 40;

  private static final int LONGEST_TEXT = 4096;

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

  /** The attributes that a spec names one by one. */
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
   * From attributes, in the order in which {@code openssl req} asks for them: C, ST, L, street,
   * postal code, O, OU, CN, serial number.
   *
   * @throws PkiException when a value is not allowed; the message names it
   */
  public static DistinguishedName of(Attributes attributes) {
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    add(builder, Type.C, attributes.countries());
    add(builder, Type.ST, attributes.provinces());
    add(builder, Type.L, attributes.localities());
    add(builder, Type.STREET, attributes.streetAddresses());
    add(builder, Type.POSTAL_CODE, attributes.postalCodes());
    add(builder, Type.O, attributes.organizations());
    add(builder, Type.OU, attributes.organizationalUnits());
    add(builder, Type.CN, listOf(attributes.commonName()));
    add(builder, Type.SERIAL_NUMBER, listOf(attributes.serialNumber()));
    return new DistinguishedName(builder.build());
  }

  /**
   * From an RFC 4514 string, most specific attribute first: {@code CN=root,O=Example,C=CN}. Known
   * attribute types only, one attribute an RDN, no {@code #hex} values, no control characters.
   *
   * @throws PkiException when it is not such a string; the message says where
   */
  public static DistinguishedName parse(String text) {
    if (text.length() > LONGEST_TEXT) {
      throw new PkiException(
          "the subject has "
              + text.length()
              + " characters, at most "
              + LONGEST_TEXT
              + " are read");
    }
    List<Map.Entry<Type, String>> relative = new ArrayList<>();
    Matcher m = RELATIVE.matcher(text);
    int at = 0;
    boolean more = true;
    while (more) {
      if (!m.region(at, text.length()).lookingAt()) {
        throw new PkiException(
            "'"
                + text
                + "' is not a distinguished name: from '"
                + text.substring(at)
                + "' on, TYPE=value is expected, separated by commas, special characters escaped by \\ (RFC 4514)");
      }
      if (m.group(3).equals("+")) {
        throw new PkiException(
            "'" + text + "' has an RDN of several attributes (+): only single ones are supported");
      }
      relative.add(Map.entry(type(m.group(1)), value(m.group(2))));
      more = m.group(3).equals(",");
      at = m.end();
    }
    if (relative.size() > MOST_ATTRIBUTES) {
      throw new PkiException(
          "the subject has "
              + relative.size()
              + " attributes, at most "
              + MOST_ATTRIBUTES
              + " are read");
    }
    // RFC 4514 section 2.1: the string starts with the last RDN of the encoding
    Collections.reverse(relative);
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    relative.forEach(entry -> add(builder, entry.getKey(), List.of(entry.getValue())));
    return new DistinguishedName(builder.build());
  }

  /** The subject of a certificate, from its encoded name. */
  public static DistinguishedName of(X509Certificate certificate) {
    return new DistinguishedName(
        X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()));
  }

  /** A name that is encoded already. */
  static DistinguishedName of(X500Name name) {
    return new DistinguishedName(name);
  }

  /**
   * Whether it is a certificate's subject to verifiers, who do not tell encodings and cases apart
   * (RFC 5280 section 7.1).
   */
  public boolean isThatOf(X509Certificate certificate) {
    return new X500Principal(encoded).equals(certificate.getSubjectX500Principal());
  }

  public boolean isEmpty() {
    return name.getRDNs().length == 0;
  }

  /** The DER encoding. */
  public byte[] encoded() {
    return encoded.clone();
  }

  /** The common name nearest to the leaf. */
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
      // a foreign certificate may have several in one RDN
      for (AttributeTypeAndValue attribute : all[i].getTypesAndValues()) {
        Type known = BY_NAME.get(attribute.getType().getId());
        text.append(separator)
            .append(known == null ? attribute.getType().getId() : known.label)
            .append('=')
            .append(Rdn.escapeValue(String.valueOf(attribute.getValue())));
        separator = "+";
      }
    }
    return text.toString();
  }

  private static Type type(String text) {
    Type type = BY_NAME.get(text.toLowerCase(Locale.ROOT));
    if (type == null) {
      throw new PkiException(
          "the subject's attribute type '"
              + text
              + "' is not known: use CN, O, OU, C, ST, L, STREET, postalCode, serialNumber, emailAddress, DC or UID");
    }
    return type;
  }

  private static String value(String escaped) {
    if (escaped.startsWith("#")) {
      throw new PkiException("the subject holds '" + escaped + "': #hex values are not supported");
    }
    if (escaped.startsWith(" ") || (escaped.endsWith(" ") && !escaped.endsWith("\\ "))) {
      throw new PkiException(
          "the subject holds '"
              + escaped
              + "': a space at the start or end of a value is written '\\ '");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] raw = escaped.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] != '\\') {
        bytes.write(raw[i]);
      } else if (Character.digit(raw[i + 1], 16) >= 0) {
        bytes.write(Character.digit(raw[i + 1], 16) << 4 | Character.digit(raw[i + 2], 16));
        i += 2;
      } else {
        bytes.write(raw[i + 1]);
        i++;
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new PkiException("the subject holds '" + escaped + "', which is not UTF-8", e);
    }
  }

  private static List<String> listOf(@Nullable String value) {
    return value == null ? List.of() : List.of(value);
  }

  private static void add(X500NameBuilder builder, Type type, List<String> values) {
    for (String value : values) {
      check(type, value);
      builder.addRDN(new ASN1ObjectIdentifier(type.oid), encode(type, value));
    }
  }

  // not BCStyle's own conversion: it takes a leading # for hex and drops a leading backslash
  private static ASN1Encodable encode(Type type, String value) {
    return switch (type) {
      case C, SERIAL_NUMBER -> new DERPrintableString(value);
      case EMAIL, DC -> new DERIA5String(value);
      default -> new DERUTF8String(value);
    };
  }

  private static void check(Type type, String value) {
    if (value.isEmpty() || value.codePointCount(0, value.length()) > type.longest) {
      throw new PkiException(
          "the subject's "
              + type.label
              + " has 1 to "
              + type.longest
              + " characters, not "
              + value.length());
    }
    if (value.codePoints().anyMatch(Character::isISOControl)) {
      throw new PkiException("the subject's " + type.label + " holds a control character");
    }
    // half of a surrogate pair has no UTF-8 form
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw new PkiException("the subject's " + type.label + " is not Unicode text");
    }
    switch (type) {
      case C ->
          require(
              value.matches("[A-Z]{2}|[a-z]{2}"),
              "the subject's C is a country of two letters such as DE, not '" + value + "'");
      case SERIAL_NUMBER ->
          require(
              value.matches("[A-Za-z0-9 '()+,./:=?-]+"),
              "the subject's serialNumber has a character that no PrintableString holds");
      case EMAIL, DC ->
          require(
              value.chars().allMatch(c -> c > ' ' && c < 127),
              "the subject's " + type.label + " is ASCII only (IA5String), without spaces");
      default -> {
        // any UTF-8
      }
    }
  }

  private static void require(boolean met, String message) {
    if (!met) {
      throw new PkiException(message);
    }
  }
}
