package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.consumers.IssuedChains.Chain;
import dev.mtlsoperator.consumers.IssuedChains.Use;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verifiers accept each chain that we issue for what it is for, and for nothing else. */
@Tag("programs")
@Tag("once")
final class ChainReadersTest {
  @TempDir private static Path shared;

  private static List<Chain> chains;
  private static Path foreign;

  @TempDir private Path folder;

  /** Whether a program accepts a chain. */
  @FunctionalInterface
  private interface Verifier {
    boolean accepts(Chain chain, Use use, Path root);
  }

  @BeforeAll
  static void issue() throws IOException {
    chains = IssuedChains.issue(shared);
    Path other = Files.createDirectory(shared.resolve("foreign"));
    new OpensslCa(other).key("root", "prime256v1").root("root", "/CN=Other", OpensslCa.CA);
    foreign = other.resolve("root.crt");
  }

  @Test
  void shouldBeAcceptedByOpenssl() throws IOException {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");

    judge(
        "OpenSSL (`verify -x509_strict`)",
        ProgramVersions.openssl(openssl),
        chains,
        (chain, use, root) ->
            openssl
                    .run(
                        chain.folder(),
                        "verify",
                        "-x509_strict",
                        "-check_ss_sig",
                        "-purpose",
                        use == Use.SERVER ? "sslserver" : "sslclient",
                        "-CAfile",
                        root.toString(),
                        "-untrusted",
                        "chain.pem",
                        "leaf.pem")
                    .exitCode()
                == 0);
  }

  @Test
  void shouldBeAcceptedByGnutls() throws IOException {
    Consumer certtool = Consumer.require("certtool", "apt-get install gnutls-bin");

    judge(
        "GnuTLS (`certtool`)",
        ProgramVersions.gnutls(certtool),
        chains,
        (chain, use, root) ->
            certtool
                    .run(
                        chain.folder(),
                        "--verify",
                        "--verify-purpose",
                        use == Use.SERVER ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2",
                        "--load-ca-certificate",
                        root.toString(),
                        "--infile",
                        "chain.pem")
                    .exitCode()
                == 0);
  }

  /** It knows no Ed25519. */
  @Test
  void shouldBeAcceptedByNss() throws IOException {
    Consumer vfychain = Consumer.require("vfychain", "apt-get install libnss3-tools");
    Map<Path, NssDatabase> databases = new HashMap<>();

    judge(
        "NSS (`vfychain`), without Ed25519",
        ProgramVersions.ofPackage("libnss3-tools"),
        chains.stream().filter(chain -> !chain.isEd25519()).toList(),
        (chain, use, root) -> {
          NssDatabase database = databases.computeIfAbsent(root, this::database);
          List<String> arguments =
              new ArrayList<>(
                  List.of(
                      "-d",
                      database.location(),
                      "-u",
                      use == Use.SERVER ? "1" : "0",
                      "-a",
                      "leaf.pem"));
          if (chain.hasIntermediate()) {
            arguments.addAll(List.of("-a", "intermediate.pem"));
          }
          return vfychain
              .run(chain.folder(), arguments.toArray(String[]::new))
              .output()
              .contains("Chain is good!");
        });
  }

  private NssDatabase database(Path root) {
    try {
      return NssDatabase.create(Files.createTempDirectory(folder, "nss"))
          .trust("root", "CT,C,C", root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldBeAcceptedByGo() throws IOException {
    Consumer go = Consumer.require("go", "apt-get install golang-go");
    Path program = shared.resolve("go-verify");
    go.run(
            shared,
            "build",
            "-C",
            Path.of("src/test/consumers/go-verify").toAbsolutePath().toString(),
            "-o",
            program.toString(),
            ".")
        .orThrow();

    judge(
        "Go (`crypto/x509`)",
        ProgramVersions.go(go),
        chains,
        (chain, use, root) ->
            new Consumer(program)
                .run(
                    chain.folder(),
                    root.toString(),
                    use == Use.SERVER ? "server" : "client",
                    "chain.pem")
                .output()
                .equals("good\n"));
  }

  @Test
  void shouldBeAcceptedByRustls() throws IOException {
    Consumer rustls = ClientPrograms.provisionRustls();

    judge(
        "Rust (rustls-webpki)",
        ClientPrograms.webpki(),
        chains,
        (chain, use, root) ->
            rustls
                .run(
                    chain.folder(),
                    "verify",
                    use == Use.SERVER ? "server" : "client",
                    root.toString(),
                    "chain.pem")
                .output()
                .equals("good\n"));
  }

  @Test
  void shouldBeAcceptedByJava() throws IOException {
    judge(
        "Java (its `X509TrustManager`)",
        ProgramVersions.java(),
        chains,
        (chain, use, root) -> {
          try {
            X509Certificate[] all =
                certificates(chain.folder().resolve("chain.pem")).toArray(X509Certificate[]::new);
            X509TrustManager manager = trusting(certificates(root).get(0));
            if (use == Use.SERVER) {
              manager.checkServerTrusted(all, "UNKNOWN");
            } else {
              manager.checkClientTrusted(all, "UNKNOWN");
            }
            return true;
          } catch (CertificateException e) {
            return false;
          }
        });
  }

  private static X509TrustManager trusting(X509Certificate root) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry("root", root);
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return (X509TrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<X509Certificate> certificates(Path file) {
    try {
      return Pem.readCertificates(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void judge(String who, Cell version, List<Chain> chains, Verifier verifier)
      throws IOException {
    int accepted = 0;
    int refused = 0;
    for (Chain chain : chains) {
      Path own = chain.folder().resolve("root.pem");
      for (Use use : Use.values()) {
        boolean wanted = chain.uses().contains(use);
        assertThat(verifier.accepts(chain, use, own))
            .as("%s, %s for %s", who, chain.what(), use)
            .isEqualTo(wanted);
        accepted += wanted ? 1 : 0;
        refused += wanted ? 0 : 1;
        assertThat(verifier.accepts(chain, use, foreign))
            .as("%s, %s for %s, under another root", who, chain.what(), use)
            .isFalse();
        refused++;
      }
    }
    ConformanceRow.of("Chains", who)
        .says(
            Integer.toString(chains.size()),
            accepted + " of " + accepted,
            refused + " of " + refused)
        .with(version)
        .require();
  }
}
