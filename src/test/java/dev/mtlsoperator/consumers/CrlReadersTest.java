package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.pki.IssuedCrl;
import dev.mtlsoperator.pki.IssuedCrl.Kind;
import dev.mtlsoperator.pki.IssuedCrl.Signer;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.MalformedCrl;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs read our CRLs, accept who is not on them and refuse who is. */
@Tag("programs")
@Tag("once")
final class CrlReadersTest {
  private static final String BUT_ED25519 = IssuedCrl.EACH_KEY.replace(", Ed25519", "");

  /** In NSS: an intermediate is trusted because of its root. */
  private static final Map<Signer, String> ISSUER_TRUST =
      Map.of(Signer.ROOT, "CT,C,C", Signer.INTERMEDIATE, ",,");

  private static final Map<Kind, IssuedCrl> ISSUED = new HashMap<>();

  @TempDir private static Path shared;
  @TempDir private Path folder;

  static Stream<Kind> kinds() {
    return IssuedCrl.kinds();
  }

  @BeforeAll
  static void issue() throws IOException {
    for (Kind kind : IssuedCrl.kinds().toList()) {
      ISSUED.put(kind, IssuedCrl.of(kind, Instant.now()).write(of(kind)));
    }
  }

  private static Path of(Kind kind) {
    return shared.resolve(kind.file());
  }

  private static Consumer openssl() {
    return Consumer.require("openssl", "apt-get install openssl");
  }

  private static Consumer certtool() {
    return Consumer.require("certtool", "apt-get install gnutls-bin");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldBeReadByOpenssl(Kind kind) {
    Run run =
        openssl()
            .run(of(kind), "crl", "-in", "crl.pem", "-noout", "-text", "-CAfile", "issuer.pem")
            .orThrow();

    assertThat(run.output())
        .contains("verify OK", "Version 2", "X509v3 CRL Number: ", "Key Compromise")
        .doesNotContain("critical", "Unspecified")
        .contains(
            "Serial Number: " + SerialNumber.text(ISSUED.get(kind).plain().getSerialNumber()));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldRefuseTheRevokedInOpenssl(Kind kind) throws IOException {
    assertThat(verify(of(kind), "good.pem").orThrow().output()).contains("good.pem: OK");
    for (String revoked : List.of("revoked.pem", "plain.pem")) {
      Run run = verify(of(kind), revoked);
      assertThat(run.exitCode()).isNotZero();
      assertThat(run.output()).contains("certificate revoked");
    }
    state(
        "OpenSSL (`verify -x509_strict -crl_check_all`)",
        IssuedCrl.EACH_KEY,
        ProgramVersions.openssl(openssl()));
  }

  private static void state(String who, String keys, Cell version) throws IOException {
    ConformanceRow.of("CRLs", who)
        .says(keys, "accepted", "refused, with and without a reason")
        .with(version)
        .require();
  }

  private static Run verify(Path folder, String leaf) {
    return openssl()
        .run(
            folder,
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-purpose",
            "sslclient",
            "-CAfile",
            "root.pem",
            "-CRLfile",
            "crls.pem",
            "-untrusted",
            leaf,
            leaf);
  }

  /** Each is refused by us too. */
  @Test
  void shouldBeUselessInOpensslWithACriticalExtension() throws IOException {
    MalformedCertificate.Pair root =
        MalformedCertificate.root(it -> it.notAfter = MalformedCertificate.END.plusSeconds(1));
    Files.writeString(folder.resolve("root.pem"), Pem.write(root.certificate()));
    Files.writeString(
        folder.resolve("leaf.pem"),
        Pem.write(MalformedCertificate.leaf(root, it -> {}).certificate()));
    for (java.util.function.Consumer<MalformedCrl> changes :
        List.<java.util.function.Consumer<MalformedCrl>>of(
            it -> it.set(Extension.cRLNumber, true, new CRLNumber(BigInteger.TEN)),
            it -> it.revoke(BigInteger.TEN, Extension.instructionCode, true, DERNull.INSTANCE))) {
      Files.writeString(
          folder.resolve("crl.pem"), Pem.block("X509 CRL", MalformedCrl.of(root, changes)));

      Run run =
          openssl()
              .run(
                  folder,
                  "verify",
                  "-attime",
                  Long.toString(MalformedCrl.NOW.plusSeconds(60).getEpochSecond()),
                  "-crl_check_all",
                  "-CAfile",
                  "root.pem",
                  "-CRLfile",
                  "crl.pem",
                  "leaf.pem");

      assertThat(run.exitCode()).isNotZero();
      assertThat(run.output()).containsIgnoringCase("unhandled critical CRL extension");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldBeReadByGnutls(Kind kind) throws IOException {
    Run run =
        certtool()
            .run(
                of(kind),
                "--verify-crl",
                "--load-ca-certificate",
                "issuer.pem",
                "--infile",
                "crl.pem")
            .orThrow();

    assertThat(run.output()).contains("Verified").doesNotContain("Not verified");
    assertThat(gnutls(of(kind), "good.pem").orThrow().output()).contains("Verified.");
    assertThat(gnutls(of(kind), "revoked.pem").output()).contains("revoked");
    assertThat(gnutls(of(kind), "plain.pem").output()).contains("revoked");
    state(
        "GnuTLS (`certtool --verify --load-crl`)",
        IssuedCrl.EACH_KEY,
        ProgramVersions.gnutls(certtool()));
  }

  private static Run gnutls(Path folder, String leaf) {
    return certtool()
        .run(
            folder,
            "--verify",
            "--load-ca-certificate",
            "root.pem",
            "--load-crl",
            "crls.pem",
            "--infile",
            leaf);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldBeReadByGo(Kind kind) throws IOException {
    IssuedCrl issued = ISSUED.get(kind);
    Consumer go = Consumer.require("go", "apt-get install golang-go");
    Path program = shared.resolve("go-crl");
    if (!Files.exists(program)) {
      go.run(
              shared,
              "build",
              "-C",
              Path.of("src/test/consumers/go-crl").toAbsolutePath().toString(),
              "-o",
              program.toString(),
              ".")
          .orThrow();
    }

    Run run = new Consumer(program).run(of(kind), "issuer.pem", "crl.pem").orThrow();

    assertThat(run.output().lines())
        .containsExactlyInAnyOrder(
            "number " + IssuedCrl.NUMBER,
            "revoked " + hexadecimal(issued.revoked().getSerialNumber()) + " reason 1",
            "revoked " + hexadecimal(issued.plain().getSerialNumber()) + " reason 0");
    state("Go (`x509.ParseRevocationList`)", IssuedCrl.EACH_KEY, ProgramVersions.go(go));
  }

  private static String hexadecimal(BigInteger number) {
    return number.toString(16).toUpperCase(Locale.ROOT);
  }

  @ParameterizedTest
  @MethodSource("kindsButEd25519")
  void shouldBeReadByPython(Kind kind) throws IOException {
    Consumer.require("python3", "apt-get install python3-cryptography");
    String program =
        """
        from cryptography import x509
        ca = x509.load_pem_x509_certificate(open("issuer.pem", "rb").read())
        crl = x509.load_pem_x509_crl(open("crl.pem", "rb").read())
        assert crl.is_signature_valid(ca.public_key())
        print(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
        for leaf in ("good", "revoked", "plain"):
            serial = x509.load_pem_x509_certificate(open(leaf + ".pem", "rb").read()).serial_number
            entry = crl.get_revoked_certificate_by_serial_number(serial)
            print(leaf, entry and [e.value.reason.value for e in entry.extensions])
        """;

    // the distribution's own, which has the library
    Run run = new Consumer(Path.of("/usr/bin/python3")).run(of(kind), "-c", program).orThrow();

    assertThat(run.output().lines())
        .containsExactly(
            IssuedCrl.NUMBER.toString(), "good None", "revoked ['keyCompromise']", "plain []");
    state(
        "Python (`cryptography`)", BUT_ED25519, ProgramVersions.ofPackage("python3-cryptography"));
  }

  /** NSS knows no Ed25519; the cryptography 38 of Debian knows none in CRLs. */
  static Stream<Kind> kindsButEd25519() {
    return kinds().filter(kind -> kind.key().algorithm() != KeyType.ED25519);
  }

  @ParameterizedTest
  @MethodSource("kindsButEd25519")
  void shouldBeReadByNss(Kind kind) throws IOException {
    Path files = of(kind);
    NssDatabase database =
        NssDatabase.create(folder)
            .trust("root", "CT,C,C", files.resolve("root.pem"))
            .trust("issuer", ISSUER_TRUST.get(kind.signer()), files.resolve("issuer.pem"))
            .crl(files.resolve("crl.der"));
    if (kind.signer() == Signer.INTERMEDIATE) {
      database.crl(files.resolve("above.der"));
    }

    assertThat(nss(database, files.resolve("good.pem")).output()).contains("Chain is good!");
    assertThat(nss(database, files.resolve("revoked.pem")).output())
        .contains("Chain is bad!", "revoked");
    assertThat(nss(database, files.resolve("plain.pem")).output())
        .contains("Chain is bad!", "revoked");
    state("NSS (`vfychain`)", BUT_ED25519, ProgramVersions.ofPackage("libnss3-tools"));
  }

  private Run nss(NssDatabase database, Path leaf) {
    return Consumer.require("vfychain", "apt-get install libnss3-tools")
        .run(folder, "-d", database.location(), "-u", "0", "-a", leaf.toString());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldBeReadByRustls(Kind kind) throws IOException {
    Consumer rustls = ClientPrograms.provisionRustls();
    Path files = of(kind);

    String[] verify = {"verify", "client", "root.pem"};
    assertThat(rustls.run(files, with(verify, "good.pem", "crls.pem")).orThrow().output())
        .isEqualTo("good\n");
    for (String revoked : List.of("revoked.pem", "plain.pem")) {
      assertThat(rustls.run(files, with(verify, revoked)).output()).isEqualTo("good\n");
      assertThat(rustls.run(files, with(verify, revoked, "crls.pem")).output()).contains("Revoked");
    }
    state("Rust (rustls-webpki)", IssuedCrl.EACH_KEY, ClientPrograms.webpki());
  }

  /** Whatever they print is taken, and means the same. */
  @Test
  void shouldPrintSerialNumbersAsTheyAreTaken() {
    Kind kind = IssuedCrl.kinds().findFirst().orElseThrow();
    BigInteger serial = ISSUED.get(kind).revoked().getSerialNumber();
    String[] x509 = {"x509", "-in", "revoked.pem", "-noout"};

    String printed = openssl().run(of(kind), with(x509, "-serial")).orThrow().output().strip();
    assertThat(printed).isEqualTo("serial=" + SerialNumber.text(serial));
    String text = openssl().run(of(kind), with(x509, "-text")).orThrow().output();
    assertThat(SerialNumber.parse(found("Serial Number:\\s+([0-9a-f:]+)", text))).isEqualTo(serial);
    String gnutls =
        certtool()
            .run(of(kind), "--certificate-info", "--infile", "revoked.pem")
            .orThrow()
            .output();
    assertThat(SerialNumber.parse(found("Serial Number \\(hex\\): (\\S+)", gnutls)))
        .isEqualTo(serial);
    String database = "sql:" + folder;
    Consumer certutil = Consumer.require("certutil", "apt-get install libnss3-tools");
    certutil.run(of(kind), "-N", "-d", database, "--empty-password").orThrow();
    certutil
        .run(of(kind), "-A", "-d", database, "-n", "it", "-t", ",,", "-i", "revoked.pem")
        .orThrow();
    String nss = certutil.run(of(kind), "-L", "-d", database, "-n", "it").orThrow().output();
    // on two lines, which a person joins
    String wrapped = found("Serial Number:\\s+([0-9a-f:\\s]+?)\\s+Signature", nss);
    assertThat(wrapped).contains(":\n");
    assertThat(SerialNumber.parse(wrapped.replaceAll("\\s+", " "))).isEqualTo(serial);
    assertThat(SerialNumber.parse(wrapped.replaceAll("\\s+", ""))).isEqualTo(serial);
    String keytool =
        new Consumer(Path.of(System.getProperty("java.home"), "bin", "keytool"))
            .run(of(kind), "-J-Duser.language=en", "-printcert", "-file", "revoked.pem")
            .orThrow()
            .output();
    assertThat(SerialNumber.parse(found("Serial number: (\\S+)", keytool))).isEqualTo(serial);
  }

  private static String[] with(String[] some, String... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }

  private static String found(String pattern, String output) {
    Matcher matcher = Pattern.compile(pattern).matcher(output);
    assertThat(matcher.find()).as(output).isTrue();
    return matcher.group(1);
  }
}
