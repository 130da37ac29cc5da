package dev.mtlsoperator.pki;

import static dev.mtlsoperator.consumers.OpensslCa.CA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.OpensslCa;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.agreement.DHStandardGroups;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files in other forms than the one that is read: what is said of them, and what mends them. */
@Tag("programs")
final class SuppliedFormsTest {
  private static final Pattern COMMAND = Pattern.compile("`([^`]+)`");

  /** Of 4096 bits each. */
  private static final BigInteger PRIME_OF_RFC_3526 = DHStandardGroups.rfc3526_4096.getP();

  private static final BigInteger PRIME_OF_RFC_7919 = DHStandardGroups.rfc7919_ffdhe4096.getP();

  @TempDir static Path folder;
  private static OpensslCa files;

  @BeforeAll
  static void make() {
    files = new OpensslCa(folder);
    files.key("root", "prime256v1").root("root", "/CN=root", CA);
    files.key("second", "prime256v1").root("second", "/CN=second", CA);
  }

  // ---- what another command makes readable

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      value = {
        "a certificate in DER ¦ openssl x509 -in root.crt -outform DER -out F",
        "a PKCS#7 file: ¦ openssl crl2pkcs7 -nocrl -certfile root.crt -out F",
        "a PKCS#7 file in DER ¦ openssl crl2pkcs7 -nocrl -certfile root.crt -outform DER -out F",
        "a PKCS#12 keystore ¦ openssl pkcs12 -export -in root.crt -inkey root.key -passout pass:secret -out F",
        "a Java keystore ¦ keytool -importcert -noprompt -alias a -file root.crt -keystore F -storetype JKS -storepass secret1",
        "an OpenSSL TRUSTED CERTIFICATE ¦ openssl x509 -in root.crt -addtrust serverAuth -out F",
        "text in UTF-16 ¦ iconv -f UTF-8 -t UTF-16 root.crt > F",
        "text in UTF-16 ¦ iconv -f UTF-8 -t UTF-16LE root.crt > F",
        "compressed by gzip ¦ gzip < root.crt > F",
        "base64 of PEM, encoded once too often ¦ base64 root.crt > F",
        "base64 of a certificate in DER ¦ openssl x509 -in root.crt -outform DER | base64 -w0 > F",
        "base64 of a PKCS#12 keystore ¦ openssl pkcs12 -export -in root.crt -inkey root.key -passout pass:secret | base64 > F",
        "line breaks are written as \\n ¦ awk '{printf \"%s\\\\n\", $0}' root.crt > F",
      })
  void shouldSayHowToMakeItsCertificateReadable(String what, String making) throws IOException {
    byte[] made = make(making);

    String message = refused(SuppliedFile.of(made), SuppliedFile.of(files.text("root.key")));

    assertThat(message).startsWith("tls.crt: ").contains(what);
    assertThat(
            ImportedCa.read(
                    SuppliedFile.of(mended(message, "tls.crt")),
                    Optional.empty(),
                    SuppliedFile.of(files.text("root.key")))
                .path()
                .isRoot())
        .isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      value = {
        "a private key in DER ¦ openssl pkey -in root.key -outform DER -out F",
        "a private key in DER ¦ openssl ec -in root.key -outform DER -out F",
        "an encrypted private key in DER ¦ openssl pkcs8 -topk8 -in root.key -outform DER -passout pass:secret -out F",
        "an encrypted private key: ¦ openssl pkcs8 -topk8 -in root.key -passout pass:secret -out F",
        "an encrypted private key: ¦ openssl ec -in root.key -aes256 -passout pass:secret -out F",
        "a PKCS#12 keystore ¦ openssl pkcs12 -export -in root.crt -inkey root.key -passout pass:secret -out F",
        "a private key in the form of OpenSSH ¦ cp root.key F; chmod 600 F; ssh-keygen -q -p -P '' -N '' -f F",
        "text in UTF-16 ¦ iconv -f UTF-8 -t UTF-16 root.key > F",
        "base64 of PEM, encoded once too often ¦ base64 root.key > F",
        "base64 of a private key in DER ¦ openssl pkey -in root.key -outform DER | base64 > F",
        "does not name its elliptic curve ¦ openssl ec -in root.key -param_enc explicit -out F",
      })
  void shouldSayHowToMakeItsKeyReadable(String what, String making) throws IOException {
    byte[] made = make(making);

    String message = refused(SuppliedFile.of(files.certificates("root")), SuppliedFile.of(made));

    assertThat(message).startsWith("tls.key: ").contains(what);
    assertThat(
            ImportedCa.read(
                    SuppliedFile.of(files.certificates("root")),
                    Optional.empty(),
                    SuppliedFile.of(mended(message, "tls.key")))
                .path()
                .isRoot())
        .isTrue();
  }

  // ---- what nothing makes readable

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      value = {
        "a private key ¦ cp root.key F",
        "a public key alone ¦ openssl pkey -in root.key -pubout -out F",
        "a certificate request (PKCS#10) ¦ cp root.csr F",
        "it is a certificate request (PKCS#10) ¦ openssl req -in root.csr -outform DER -out F",
        "it is a private key in DER ¦ openssl pkey -in root.key -outform DER -out F",
        "it is text without a line -----BEGIN …----- ¦ echo /etc/ssl/ca.crt > F",
        "it is empty ¦ printf '\\n' > F",
        "it is binary data of an unknown form ¦ head -c 300 /dev/zero > F",
        "a block that is cut off or garbled: in line 1, ¦ head -c 300 root.crt > F",
        "a block that is cut off or garbled: in line 2, base64 stands outside ¦ (sed s/-----BEGIN/----BEGIN/ root.crt; cat root.crt) > F",
        "a block that is cut off or garbled: in line ¦ (cat root.crt; printf -- '-----BEGIN CERTIF') > F",
      })
  void shouldSayThatThereIsNoCertificate(String what, String making) throws IOException {
    assertThat(refused(SuppliedFile.of(make(making)), SuppliedFile.of(files.text("root.key"))))
        .startsWith("tls.crt: ")
        .contains(what);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      value = {
        "it holds a certificate, and no private key ¦ cp root.crt F",
        "it is a certificate in DER, and no private key ¦ openssl x509 -in root.crt -outform DER -out F",
        "a public key alone: the private key that belongs to it is needed ¦ openssl pkey -in root.key -pubout -out F",
        "a public key alone: ¦ openssl pkey -in root.key -pubout -outform DER -out F",
        "a certificate request ¦ cp root.csr F",
        "parameters of a key, and no key ¦ openssl ecparam -name prime256v1 -out F",
        "not supported, Ed448: use ¦ openssl genpkey -algorithm ED448 -out F",
        "not supported, X25519: use ¦ openssl genpkey -algorithm X25519 -out F",
        "a curve that is not supported, secp256k1: use P-256 ¦ openssl ecparam -name secp256k1 -genkey -noout -out F",
        "a curve that is not supported, brainpoolP256r1: use P-256 ¦ openssl ecparam -name brainpoolP256r1 -genkey -noout -out F",
        "it holds 2 private keys ¦ cat root.key second.key > F",
      })
  void shouldSayThatThereIsNoKey(String what, String making) throws IOException {
    assertThat(refused(SuppliedFile.of(files.certificates("root")), SuppliedFile.of(make(making))))
        .startsWith("tls.key: ")
        .contains(what);
  }

  // ---- what is read as it is

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      value = {
        "titles of dashes ¦ (echo '#-----------'; echo '# Root ----- valid until 2035 -----'; echo '----------'; cat root.crt) > F",
        "a boundary in a comment ¦ (echo '# below -----BEGIN CERTIFICATE----- it begins'; cat root.crt) > F",
        "a boundary within a sentence ¦ (echo 'Below -----BEGIN CERTIFICATE----- it begins'; cat root.crt) > F",
        "a certificate that is commented out ¦ (sed 's/^/# /' second.crt; cat root.crt) > F",
        "a byte order mark ¦ (printf '\\357\\273\\277'; cat root.crt) > F",
        "byte order marks within ¦ (echo text; printf '\\357\\273\\277'; cat root.crt) > F",
        "CR LF ¦ sed 's/$/\\r/' root.crt > F",
        "CR ¦ tr '\\n' '\\r' < root.crt > F",
        "indentation ¦ sed 's/^/    /' root.crt > F",
        "tabs and no-break spaces ¦ sed 's/^/\\t\\xc2\\xa0/' root.crt > F",
        "trailing blanks ¦ sed 's/$/  /' root.crt > F",
        "spaces for line breaks ¦ tr '\\n' ' ' < root.crt > F",
        "no line break at the end ¦ printf %s \"$(cat root.crt)\" > F",
        "text of openssl ¦ openssl x509 -in root.crt -text -out F",
        "bag attributes ¦ openssl pkcs12 -export -in root.crt -inkey root.key -name 'my root' -passout pass:secret | openssl pkcs12 -nodes -passin pass:secret -out F",
        "an older label ¦ sed 's/ CERTIFICATE/ X509 CERTIFICATE/' root.crt > F",
        "Latin-1 ¦ (printf 'Zertifikat f\\374r Wurzel\\n'; cat root.crt) > F",
        "a key beside it ¦ cat root.key root.crt > F",
        "an encrypted key beside it ¦ (openssl pkcs8 -topk8 -in root.key -passout pass:secret; cat root.crt) > F",
        "parameters beside it ¦ (openssl ecparam -name prime256v1; cat root.crt) > F",
      })
  void shouldReadCertificatesAsTheyAre(String form, String making) throws IOException {
    assertThat(
            ImportedCa.read(
                    SuppliedFile.of(make(making)),
                    Optional.empty(),
                    SuppliedFile.of(files.text("root.key")))
                .path()
                .isRoot())
        .as(form)
        .isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      value = {
        "a certificate first ¦ cat root.crt root.key > F",
        "a key first ¦ cat root.key root.crt > F",
        "parameters first ¦ openssl ecparam -name prime256v1 -genkey | sed -n '/EC PARAMETERS/,/END EC PARAMETERS/p' | cat - root.key > F",
        "bag attributes ¦ openssl pkcs12 -export -in root.crt -inkey root.key -passout pass:secret | openssl pkcs12 -nodes -passin pass:secret -out F",
        "CR LF and a byte order mark ¦ (printf '\\357\\273\\277'; sed 's/$/\\r/' root.key) > F",
        "indentation ¦ sed 's/^/    /' root.key > F",
        "PKCS#8 ¦ openssl pkcs8 -topk8 -nocrypt -in root.key -out F",
        "a compressed point ¦ openssl ec -in root.key -conv_form compressed -out F",
        "text of openssl ¦ openssl ec -in root.key -text -out F",
      })
  void shouldFindTheKeyWhereverItStands(String form, String making) throws IOException {
    assertThat(
            ImportedCa.read(
                    SuppliedFile.of(files.certificates("root")),
                    Optional.empty(),
                    SuppliedFile.of(make(making)))
                .path()
                .isRoot())
        .as(form)
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "-conv_form compressed, holds a compressed point of its curve",
    "-param_enc explicit, holds a key on an elliptic curve without a name"
  })
  void shouldSayHowToCertifyAPointOfAnotherFormAgain(String option, String what)
      throws IOException {
    sh("openssl ec -in root.key " + option + " -out tls.key");
    sh("openssl x509 -in root.crt -signkey tls.key -days 30 -out tls.crt");

    String message =
        refused(
            SuppliedFile.of(Files.readAllBytes(folder.resolve("tls.crt"))),
            SuppliedFile.of(files.text("root.key")));

    assertThat(message).startsWith("tls.crt: a CERTIFICATE block " + what);
    Matcher commands = COMMAND.matcher(message);
    while (commands.find()) {
      sh(commands.group(1));
    }
    ImportedCa read =
        ImportedCa.read(files.certificates("new"), Optional.empty(), files.text("new.key"));
    assertThat(read.path().isRoot()).isTrue();
  }

  @Test
  void shouldSignWithAKeyOfRsa8192() {
    // the primes of two Diffie-Hellman groups: to find two others takes a minute
    files.rsa("large", PRIME_OF_RFC_3526, PRIME_OF_RFC_7919).root("large", "/CN=large", CA);

    ImportedCa ca =
        ImportedCa.read(files.certificates("large"), Optional.empty(), files.text("large.key"));

    assertThat(ca.path().isRoot()).isTrue();
    assertThat(ca.authority().key().parameters()).hasToString("RSA-8192");
  }

  private static byte[] make(String command) throws IOException {
    Files.deleteIfExists(folder.resolve("F"));
    sh(command);
    return Files.readAllBytes(folder.resolve("F"));
  }

  private static String refused(SuppliedFile certificates, SuppliedFile key) {
    PkiException refused =
        catchThrowableOfType(
            PkiException.class, () -> ImportedCa.read(certificates, Optional.empty(), key));
    assertThat(refused).isNotNull();
    String secret = files.text("root.key").lines().skip(1).findFirst().orElseThrow();
    assertThat(refused.getMessage()).doesNotContain(secret);
    return String.valueOf(refused.getMessage());
  }

  /** What the commands of a message write. */
  private static byte[] mended(String message, String out) throws IOException {
    Files.copy(folder.resolve("F"), folder.resolve("FILE"), StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(folder.resolve(out));
    Matcher commands = COMMAND.matcher(message);
    while (commands.find()) {
      String command = commands.group(1);
      sh(
          command.startsWith("openssl p") && !command.contains("pkcs7")
              ? command + " -passin pass:" + (message.contains("keytool") ? "secret1" : "secret")
              : command.startsWith("keytool")
                  ? command + " -srcstorepass secret1 -deststorepass secret1"
                  : command);
    }
    for (String written : List.of(out, "FILE.pem", "FILE")) {
      if (Files.exists(folder.resolve(written))) {
        byte[] mended = Files.readAllBytes(folder.resolve(written));
        Files.deleteIfExists(folder.resolve("FILE.pem"));
        return mended;
      }
    }
    throw new AssertionError("nothing was written by: " + message);
  }

  private static void sh(String command) {
    Consumer.Run run = Consumer.require("sh", "a shell").run(folder, "-c", command);
    assertThat(run.exitCode()).as("%s: %s", command, run.output()).isZero();
  }
}
