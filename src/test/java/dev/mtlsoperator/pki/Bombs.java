package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;

/**
 * Small inputs that ask who reads them for much work, made by hand in DER. None of the certificates
 * is signed by anybody.
 */
public final class Bombs {
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final String RSA = "1.2.840.113549.1.1.1";
  private static final String EC = "1.2.840.10045.2.1";
  private static final String DSA = "1.2.840.10040.4.1";
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";
  private static final String CONSTRAINTS = "2.5.29.30";

  private static final Random RANDOM = new Random(6);

  private Bombs() {}

  /** Certificates in DER, by name; each is beyond what is read. */
  public static Map<String, byte[]> certificates() {
    BigInteger n16384 = coprime(16_384);
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put("a modulus of 16384 bits and a long exponent", rsaCertificate(n16384, coprime(16_384)));
    all.put("a modulus of 8193 bits", rsaCertificate(coprime(8193), BigInteger.valueOf(65_537)));
    all.put(
        "a modulus of 2048 bits and an exponent of as many",
        rsaCertificate(coprime(2048), coprime(2048)));
    all.put("an exponent of 65 bits", rsaCertificate(coprime(2048), coprime(65)));
    all.put(
        "RSASSA-PSS with 16384 bits",
        keyed(
            "1.2.840.113549.1.1.10",
            new byte[0],
            sequence(integer(n16384), integer(coprime(16_384)))));
    all.put(
        "DSA parameters",
        keyed(
            DSA,
            sequence(integer(n16384), integer(coprime(16_383)), integer(coprime(16_382))),
            integer(coprime(16_380))));
    all.put("a curve over a large prime", keyed(EC, primeCurve(n16384), new byte[2049 * 2 + 1]));
    all.put("a curve over a large binary field", keyed(EC, binaryCurve(16_001), point(2001)));
    all.put("a binary curve with a name", keyed(EC, identifier("1.3.132.0.39"), point(72)));
    all.put("a key of 100 KiB", keyed("1.3.6.1.4.1.99999.1", new byte[0], new byte[100_000]));
    all.put(
        "parameters of 100 KiB",
        keyed("1.3.6.1.4.1.99999.1", tlv(4, new byte[100_000]), new byte[32]));
    all.put(
        "thousands of extensions",
        extended(many(5_000, i -> extension("1.3.6.1.4.1.99999.2." + i, new byte[0]))));
    all.put(
        "thousands of names",
        extended(
            extension(ALTERNATIVE_NAMES, sequence(many(8_000, i -> dns("n" + i + ".example"))))));
    all.put(
        "thousands of names constraints",
        extended(
            extension(
                CONSTRAINTS,
                sequence(tlv(0xa0, many(8_000, i -> sequence(dns("c" + i + ".example"))))))));
    all.put(
        "thousands of directory names in constraints",
        extended(
            extension(
                CONSTRAINTS,
                sequence(tlv(0xa1, many(3_000, i -> sequence(tlv(0xa4, name("d" + i)))))))));
    all.put("names nested deep", extended(extension(ALTERNATIVE_NAMES, nested(10_000))));
    all.put("constraints nested deep", extended(extension(CONSTRAINTS, nested(10_000))));
    all.put("a key identifier nested deep", extended(extension("2.5.29.35", nested(10_000))));
    all.put(
        "a name nested deep",
        certificate(
            BigInteger.ONE,
            sequence(tlv(SET, sequence(identifier("2.5.4.3"), nested(10_000)))),
            p256(),
            new byte[0]));
    all.put("nothing but nesting", nested(10_000));
    all.put("indefinite lengths", indefinite(10_000));
    all.put(
        "a serial number of 60 KiB",
        certificate(coprime(480_000), name("ca"), p256(), new byte[0]));
    all.put(
        "a long object identifier",
        extended(
            extension(
                ALTERNATIVE_NAMES,
                sequence(tlv(0xa0, tlv(6, longArc(100_000)), tlv(0xa0, utf8("x")))))));
    all.put(
        "a name of 2000 attributes",
        certificate(
            BigInteger.ONE, sequence(many(2_000, i -> relative("a" + i))), p256(), new byte[0]));
    all.put(
        "an attribute of 150 KiB",
        certificate(BigInteger.ONE, name("x".repeat(150_000)), p256(), new byte[0]));
    all.put("policies that are mapped to each other", extended(mappings(24, 24)));
    all.put("300 KiB", extended(extension("1.3.6.1.4.1.99999.3", new byte[300_000])));
    all.put(
        "a length beyond its end",
        new byte[] {0x30, (byte) 0x84, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, 1});
    return all;
  }

  /**
   * The same as texts, and texts of nothing at all; none is a list of certificates that is read.
   */
  public static Map<String, String> texts() {
    Map<String, String> all = new LinkedHashMap<>();
    certificates().forEach((name, der) -> all.put(name, Pem.block("CERTIFICATE", der)));
    String begin = "-----BEGIN CERTIFICATE-----\n";
    String end = "-----END CERTIFICATE-----\n";
    int most = 512 * 1024;
    all.put("a long text of nothing", " ".repeat(most));
    all.put("a text of dashes", "-".repeat(most));
    all.put("beginnings", repeated(begin, most));
    all.put("beginnings of beginnings", repeated("-----BEGIN " + "A".repeat(64), most));
    all.put("ends", repeated(end, most));
    all.put("blocks of nothing", repeated(begin + end, most));
    all.put("a block of white space", begin + " ".repeat(most - 100) + end);
    all.put("a block that never ends", begin + "A".repeat(most - 100));
    all.put("one block of all that is read", begin + "MIIA".repeat((most - 100) / 4) + "\n" + end);
    all.put("a megabyte", "A".repeat(1 << 20));
    all.put("a hundred blocks of noise", repeated(Pem.block("CERTIFICATE", new byte[3_700]), most));
    return all;
  }

  /** Private keys as texts; none is read. */
  public static Map<String, String> keys() {
    BigInteger n = coprime(16_384);
    byte[] e = integer(coprime(8_000));
    byte[] rsa = sequence(integer(BigInteger.ZERO), integer(n), e, e, e, e, e, e, e);
    byte[] explicit =
        sequence(
            integer(BigInteger.ONE), tlv(4, new byte[32]), tlv(0xa0, primeCurve(coprime(8_000))));
    byte[] binary =
        sequence(integer(BigInteger.ONE), tlv(4, new byte[32]), tlv(0xa0, binaryCurve(16_001)));
    Map<String, String> all = new LinkedHashMap<>();
    all.put("an RSA key of 16384 bits", Pem.block("RSA PRIVATE KEY", rsa));
    all.put("the same in PKCS#8", Pem.block("PRIVATE KEY", pkcs8(RSA, tlv(5), rsa)));
    all.put("a key on a curve over a prime", Pem.block("EC PRIVATE KEY", explicit));
    all.put("a key on a curve over a binary field", Pem.block("EC PRIVATE KEY", binary));
    all.put(
        "the same in PKCS#8 with a curve",
        Pem.block(
            "PRIVATE KEY",
            pkcs8(
                EC, binaryCurve(16_001), sequence(integer(BigInteger.ONE), tlv(4, new byte[32])))));
    all.put(
        "parameters of a curve before it",
        Pem.block("EC PARAMETERS", binaryCurve(16_001)) + Pem.block("EC PRIVATE KEY", explicit));
    all.put("a key nested deep", Pem.block("PRIVATE KEY", nested(2_900)));
    all.put("a key of indefinite lengths", Pem.block("PRIVATE KEY", indefinite(2_900)));
    all.put("a key inside of octets inside of octets", Pem.block("PRIVATE KEY", octets(1_000)));
    all.put(
        "parameters and no end of them", repeated(Pem.block("EC PARAMETERS", tlv(5)), 16 * 1024));
    all.put("beginnings", repeated("-----BEGIN PRIVATE KEY-----\n", 16 * 1024));
    all.put("a long text", "A".repeat(1 << 20));
    return all;
  }

  /**
   * As many certificates with large moduli and long exponents, no two of which are the same: what
   * was looked at once, a parser may remember. As texts.
   */
  public static List<String> moduli(int count) {
    return Stream.generate(
            () -> Pem.block("CERTIFICATE", rsaCertificate(coprime(16_384), coprime(16_384))))
        .limit(count)
        .toList();
  }

  /** As many certificates that name each other, each with a large key, as text. */
  public static String namesakes(int count) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      all.append(
          Pem.block(
              "CERTIFICATE",
              certificate(
                  BigInteger.valueOf(i + 1),
                  name("root"),
                  rsa(coprime(8192), coprime(64)),
                  extension("2.5.29.19", sequence(tlv(1, new byte[] {-1}))),
                  new byte[1024])));
    }
    return all.toString();
  }

  /** The largest certificates that are read, as many as are read, as text. */
  public static String largest() {
    byte[] names =
        extension(ALTERNATIVE_NAMES, sequence(many(140, i -> dns("name-" + i + ".example"))));
    String one = Pem.block("CERTIFICATE", extended(names));
    return one.repeat(Pem.LONGEST / one.length());
  }

  private interface Numbered {
    byte[] of(int number);
  }

  private static byte[] rsaCertificate(BigInteger modulus, BigInteger exponent) {
    return certificate(BigInteger.ONE, name("ca"), rsa(modulus, exponent), new byte[0]);
  }

  private static byte[] keyed(String algorithm, byte[] parameters, byte[] key) {
    return certificate(BigInteger.ONE, name("ca"), info(algorithm, parameters, key), new byte[0]);
  }

  private static byte[] extended(byte[] extensions) {
    return certificate(BigInteger.ONE, name("ca"), p256(), extensions);
  }

  private static byte[] certificate(BigInteger serial, byte[] name, byte[] key, byte[] extensions) {
    return certificate(
        serial, name, key, extensions, sequence(integer(BigInteger.TWO), integer(BigInteger.TWO)));
  }

  private static byte[] certificate(
      BigInteger serial, byte[] name, byte[] key, byte[] extensions, byte[] signature) {
    byte[] algorithm =
        signature.length < 100
            ? sequence(identifier("1.2.840.10045.4.3.2"))
            : sequence(identifier("1.2.840.113549.1.1.11"), tlv(5));
    byte[] validity = sequence(tlv(0x17, utf8("260101000000Z")), tlv(0x17, utf8("360101000000Z")));
    byte[] signed =
        sequence(
            tlv(0xa0, integer(BigInteger.TWO)),
            integer(serial),
            algorithm,
            name,
            validity,
            name,
            key,
            extensions.length == 0 ? new byte[0] : tlv(0xa3, sequence(extensions)));
    return sequence(signed, algorithm, bits(signature));
  }

  private static byte[] p256() {
    return info(EC, identifier("1.2.840.10045.3.1.7"), point(32));
  }

  private static byte[] rsa(BigInteger modulus, BigInteger exponent) {
    return info(RSA, tlv(5), sequence(integer(modulus), integer(exponent)));
  }

  private static byte[] info(String algorithm, byte[] parameters, byte[] key) {
    return sequence(sequence(identifier(algorithm), parameters), bits(key));
  }

  private static byte[] pkcs8(String algorithm, byte[] parameters, byte[] key) {
    return sequence(
        integer(BigInteger.ZERO), sequence(identifier(algorithm), parameters), tlv(4, key));
  }

  private static byte[] point(int octets) {
    byte[] point = new byte[1 + 2 * octets];
    RANDOM.nextBytes(point);
    point[0] = 4;
    return point;
  }

  // RFC 3279 section 2.3.5: ECParameters; the base point is compressed, so that it is to be
  // computed
  private static byte[] primeCurve(BigInteger prime) {
    byte[] element = new byte[prime.bitLength() / 8];
    RANDOM.nextBytes(element);
    return sequence(
        integer(BigInteger.ONE),
        sequence(identifier("1.2.840.10045.1.1"), integer(prime)),
        sequence(tlv(4, element), tlv(4, element)),
        tlv(4, compressed(element)),
        integer(prime));
  }

  private static byte[] binaryCurve(int m) {
    byte[] element = new byte[(m + 7) / 8];
    RANDOM.nextBytes(element);
    element[0] = 0;
    return sequence(
        integer(BigInteger.ONE),
        sequence(
            identifier("1.2.840.10045.1.2"),
            sequence(
                integer(BigInteger.valueOf(m)),
                identifier("1.2.840.10045.1.2.3.2"),
                integer(BigInteger.valueOf(7)))),
        sequence(tlv(4, element), tlv(4, element)),
        tlv(4, compressed(element)),
        integer(coprime(m)));
  }

  private static byte[] compressed(byte[] x) {
    byte[] point = new byte[x.length + 1];
    System.arraycopy(x, 0, point, 1, x.length);
    point[0] = 2;
    return point;
  }

  private static byte[] mappings(int policies, int each) {
    return join(
        extension(
            "2.5.29.32",
            sequence(many(policies, i -> sequence(identifier("1.3.6.1.4.1.99999.4." + i))))),
        extension(
            "2.5.29.33",
            sequence(
                many(
                    policies * each,
                    i ->
                        sequence(
                            identifier("1.3.6.1.4.1.99999.4." + i / each),
                            identifier("1.3.6.1.4.1.99999.4." + i % each))))));
  }

  private static byte[] extension(String kind, byte[] value) {
    return sequence(identifier(kind), tlv(4, value));
  }

  private static byte[] dns(String name) {
    return tlv(0x82, utf8(name));
  }

  private static byte[] name(String commonName) {
    return sequence(relative(commonName));
  }

  private static byte[] relative(String commonName) {
    return tlv(SET, sequence(identifier("2.5.4.3"), tlv(0x0c, utf8(commonName))));
  }

  private static byte[] many(int count, Numbered each) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      all.writeBytes(each.of(i));
    }
    return all.toByteArray();
  }

  private static byte[] nested(int depth) {
    return inside(depth, SEQUENCE);
  }

  private static byte[] octets(int depth) {
    return sequence(inside(depth, 4));
  }

  // from the inside, in one buffer: 10,000 copies would take long
  private static byte[] inside(int depth, int tag) {
    List<byte[]> headers = new ArrayList<>();
    int length = 0;
    for (int i = 0; i < depth; i++) {
      byte[] header = header(tag == 4 && i % 2 == 1 ? SEQUENCE : tag, length);
      headers.add(header);
      length += header.length;
    }
    Collections.reverse(headers);
    return join(headers.toArray(byte[][]::new));
  }

  private static byte[] indefinite(int depth) {
    byte[] all = new byte[4 * depth];
    for (int i = 0; i < depth; i++) {
      all[2 * i] = SEQUENCE;
      all[2 * i + 1] = (byte) 0x80;
    }
    return all;
  }

  private static byte[] longArc(int octets) {
    byte[] arc = new byte[octets];
    Arrays.fill(arc, (byte) 0xff);
    arc[0] = 0x2a;
    arc[octets - 1] = 1;
    return arc;
  }

  /** Odd, of that many bits, and without a small factor, by which it would be refused at once. */
  private static BigInteger coprime(int bits) {
    BigInteger small = BigInteger.ONE;
    for (BigInteger p = BigInteger.valueOf(3); p.intValue() < 750; p = p.nextProbablePrime()) {
      small = small.multiply(p);
    }
    BigInteger n = new BigInteger(bits, RANDOM).setBit(bits - 1).setBit(0);
    while (!n.gcd(small).equals(BigInteger.ONE)) {
      n = n.add(BigInteger.TWO);
    }
    return n;
  }

  private static String repeated(String text, int length) {
    return text.repeat(length / text.length());
  }

  private static byte[] identifier(String dotted) {
    try {
      return new ASN1ObjectIdentifier(dotted).getEncoded();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] integer(BigInteger value) {
    return tlv(2, value.toByteArray());
  }

  private static byte[] bits(byte[] octets) {
    return tlv(3, new byte[1], octets);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] sequence(byte[]... parts) {
    return tlv(SEQUENCE, parts);
  }

  private static byte[] tlv(int tag, byte[]... parts) {
    byte[] content = join(parts);
    return join(header(tag, content.length), content);
  }

  private static byte[] header(int tag, int length) {
    if (length < 0x80) {
      return new byte[] {(byte) tag, (byte) length};
    }
    byte[] octets = BigInteger.valueOf(length).toByteArray();
    octets = octets[0] == 0 ? Arrays.copyOfRange(octets, 1, octets.length) : octets;
    return join(new byte[] {(byte) tag, (byte) (0x80 | octets.length)}, octets);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
