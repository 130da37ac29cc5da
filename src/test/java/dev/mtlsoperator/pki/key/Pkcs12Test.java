package dev.mtlsoperator.pki.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.consumers.InstalledJava;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Pkcs12.Encryption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keystores and truststores, read by the programs that people use. */
@Tag("programs")
class Pkcs12Test {
  private static final Password PASSWORD = Password.of("a b'\"$%~0");
  private static final MalformedCertificate.Pair ROOT = MalformedCertificate.root(it -> {});
  private static final MalformedCertificate.Pair OTHER_ROOT = MalformedCertificate.root(it -> {});
  private static final MalformedCertificate.Pair LEAF = MalformedCertificate.leaf(ROOT, it -> {});
  private static final String SHA_1 = "1.3.14.3.2.26";
  private static final String SHA_256 = "2.16.840.1.101.3.4.2.1";

  @TempDir Path folder;

  @BeforeEach
  void writeBoth() throws IOException {
    for (Encryption encryption : Encryption.values()) {
      Files.write(folder.resolve("keystore-" + encryption), keystore(encryption));
      Files.write(folder.resolve("truststore-" + encryption), truststore(encryption));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldLeaveTheSettingsOfTheProgramAsTheyWere(Encryption encryption) {
    // given: what somebody else may rely on
    List<String> settings =
        List.of(
            "keystore.pkcs12.certProtectionAlgorithm",
            "keystore.pkcs12.certPbeIterationCount",
            "keystore.pkcs12.macAlgorithm",
            "keystore.pkcs12.macIterationCount");
    List<String> before = settings.stream().map(name -> "" + Security.getProperty(name)).toList();

    // when
    keystore(encryption);
    truststore(encryption);

    // then: an empty one is none to the JDK
    assertThat(settings.stream().map(name -> "" + Security.getProperty(name)).toList())
        .isEqualTo(before)
        .allMatch(value -> value.equals("null") || value.isEmpty());
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadByOpenssl(Encryption encryption) {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    for (String store : List.of("keystore-", "truststore-")) {
      Run run =
          openssl.run(
              folder,
              "pkcs12",
              "-in",
              store + encryption,
              "-info",
              "-nodes",
              "-passin",
              "pass:" + PASSWORD.reveal());

      assertThat(run.exitCode()).as(run.output()).isZero();
      assertThat(run.output())
          .contains(
              encryption == Encryption.MODERN
                  ? List.of(
                      "MAC: sha256, Iteration 10000",
                      "PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256")
                  : List.of(
                      "MAC: sha1, Iteration 10000",
                      "PKCS7 Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 10000"));
      if (store.equals("keystore-")) {
        assertThat(run.output())
            .contains("BEGIN PRIVATE KEY", "friendlyName: me")
            .contains(
                encryption == Encryption.MODERN
                    ? "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256"
                    : "Shrouded Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 10000");
      } else {
        assertThat(run.output().split("BEGIN CERTIFICATE", -1)).hasSize(3);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadByGnutls(Encryption encryption) {
    Consumer certtool = Consumer.require("certtool", "apt-get install gnutls-bin");
    for (String store : List.of("keystore-", "truststore-")) {
      Run run =
          certtool.run(
              folder,
              "--p12-info",
              "--inder",
              "--infile",
              store + encryption,
              "--password",
              PASSWORD.reveal());

      assertThat(run.exitCode()).as(run.output()).isZero();
      assertThat(run.output())
          .contains(
              store.equals("keystore-") ? "BEGIN ENCRYPTED PRIVATE KEY" : "BEGIN CERTIFICATE");
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadByNss(Encryption encryption) throws IOException {
    Consumer pk12util = Consumer.require("pk12util", "apt-get install libnss3-tools");
    Consumer certutil = Consumer.require("certutil", "apt-get install libnss3-tools");
    Path database = Files.createDirectory(folder.resolve("nss"));
    certutil.run(folder, "-N", "-d", "sql:" + database, "--empty-password");
    for (String store : List.of("keystore-", "truststore-")) {
      Run list =
          pk12util.run(
              folder, "-l", store + encryption, "-W", PASSWORD.reveal(), "-d", "sql:" + database);

      assertThat(list.exitCode()).as(list.output()).isZero();
      assertThat(list.output()).contains("CN=root");
      assertThat(list.output().contains("Key(shrouded)")).isEqualTo(store.equals("keystore-"));
    }
    Run imported =
        pk12util.run(
            folder,
            "-i",
            "keystore-" + encryption,
            "-W",
            PASSWORD.reveal(),
            "-d",
            "sql:" + database);
    Run keys = certutil.run(folder, "-K", "-d", "sql:" + database);

    assertThat(imported.exitCode()).as(imported.output()).isZero();
    assertThat(keys.output()).contains("me");
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadByPython(Encryption encryption) {
    Consumer.require("python3", "apt-get install python3-cryptography");
    // the distribution's own, which has the library
    Consumer python = new Consumer(Path.of("/usr/bin/python3"));
    String program =
        """
        import sys
        from cryptography.hazmat.primitives.serialization import pkcs12
        data = open(sys.argv[1], "rb").read()
        key, leaf, more = pkcs12.load_key_and_certificates(data, sys.argv[2].encode())
        print(key is not None, leaf is not None, len(more))
        """;
    for (String store : List.of("keystore-", "truststore-")) {
      Run run = python.run(folder, "-c", program, store + encryption, PASSWORD.reveal());

      assertThat(run.exitCode()).as(run.output()).isZero();
      assertThat(run.output())
          .contains(store.equals("keystore-") ? "True True 1" : "False False 2");
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadByGo(Encryption encryption) {
    Consumer go = Consumer.require("go", "apt-get install golang-go");
    Path module = Path.of("src/test/consumers/go-pkcs12").toAbsolutePath();
    Path program = folder.resolve("go-pkcs12");
    Run build = go.run(folder, "build", "-C", module.toString(), "-o", program.toString(), ".");
    assertThat(build.exitCode()).as(build.output()).isZero();

    Run keystore =
        new Consumer(program).run(folder, "keystore", "keystore-" + encryption, PASSWORD.reveal());
    Run truststore =
        new Consumer(program)
            .run(folder, "truststore", "truststore-" + encryption, PASSWORD.reveal());

    assertThat(keystore.output()).contains("key *ecdsa.PrivateKey, leaf CN=leaf, 1 more");
    assertThat(truststore.output().lines()).containsExactly("anchor CN=root", "anchor CN=root");
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadByEachJavaThatIsInstalled(Encryption encryption) {
    for (Path keytool : keytools()) {
      for (String store : List.of("keystore-", "truststore-")) {
        Run run =
            new Consumer(keytool)
                .run(
                    folder,
                    "-J-Duser.language=en",
                    "-J-XX:TieredStopAtLevel=1",
                    "-list",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store + encryption,
                    "-storepass",
                    PASSWORD.reveal());

        assertThat(run.exitCode()).as(keytool + run.output()).isZero();
        if (store.equals("keystore-")) {
          assertThat(run.output()).contains("me,", "PrivateKeyEntry", "contains 1 entry");
        } else {
          assertThat(run.output()).contains("trustedCertEntry", "contains 2 entries");
        }
      }
    }
  }

  /** This Java's, and those of the distribution. */
  private static List<Path> keytools() {
    return InstalledJava.homes().stream()
        .map(home -> home.resolve("bin/keytool"))
        .filter(Files::isExecutable)
        .map(Pkcs12Test::real)
        .distinct()
        .toList();
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldKeepTheEncryptionsApartWhenBothAreWrittenAtOnce() {
    List<Boolean> right =
        IntStream.range(0, 32)
            .parallel()
            .mapToObj(
                i -> {
                  Encryption encryption = i % 2 == 0 ? Encryption.MODERN : Encryption.LEGACY;
                  String digest =
                      Pfx.getInstance(truststore(encryption))
                          .getMacData()
                          .getMac()
                          .getAlgorithmId()
                          .getAlgorithm()
                          .getId();
                  return digest.equals(encryption == Encryption.MODERN ? SHA_256 : SHA_1);
                })
            .toList();

    assertThat(right).hasSize(32).containsOnly(true);
  }

  @Test
  void shouldProveThatAStoreOpens() {
    for (Encryption encryption : Encryption.values()) {
      Pkcs12.verifyOpens(keystore(encryption), PASSWORD);
      Pkcs12.verifyOpens(truststore(encryption), PASSWORD);
    }
  }

  @Test
  void shouldNotOpenWithAnotherPasswordOrWhenDamagedOrEmpty() {
    byte[] store = keystore(Encryption.MODERN);
    byte[] damaged = store.clone();
    damaged[store.length / 2] ^= 1;

    refused(store, Password.of("another"), "does not open");
    refused(damaged, PASSWORD, "does not open");
    refused(Arrays.copyOf(store, store.length / 2), PASSWORD, "does not open");
    refused(new byte[0], PASSWORD, "does not open");
    refused(new byte[] {0x30, (byte) 0x84, 0x7f, 0, 0, 0}, PASSWORD, "does not open");
    refused(Pkcs12.truststore(List.of(), PASSWORD, Encryption.MODERN), PASSWORD, "is empty");
  }

  private static void refused(byte[] store, Password password, String because) {
    assertThatThrownBy(() -> Pkcs12.verifyOpens(store, password))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(because);
  }

  private static byte[] keystore(Encryption encryption) {
    return Pkcs12.keystore(
        LEAF.key(), List.of(LEAF.certificate(), ROOT.certificate()), "Me", PASSWORD, encryption);
  }

  private static byte[] truststore(Encryption encryption) {
    return Pkcs12.truststore(
        List.of(ROOT.certificate(), OTHER_ROOT.certificate()), PASSWORD, encryption);
  }
}
