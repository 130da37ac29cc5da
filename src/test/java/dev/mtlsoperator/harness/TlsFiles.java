package dev.mtlsoperator.harness;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The files that a consumer reads at one time.
 *
 * @param own certificate chain and key; empty: it has none
 * @param trust PEM
 */
public record TlsFiles(Optional<Own> own, String trust) {
  private static final char[] IN_MEMORY = "unused".toCharArray();

  /** PEM, both. */
  record Own(String chain, String key) {
    @Override
    public String toString() {
      return "Own[key withheld]";
    }
  }

  public static TlsFiles of(Secret secret) {
    return new TlsFiles(
        Optional.of(new Own(Scene.text(secret, "tls.crt"), Scene.text(secret, "tls.key"))),
        Scene.text(secret, "ca.crt"));
  }

  /** Reads them from a folder, such as the link {@code current} that is swapped meanwhile. */
  public static TlsFiles read(Path folder) throws IOException {
    Path files = folder.toRealPath();
    return new TlsFiles(
        Optional.of(
            new Own(
                Files.readString(files.resolve("tls.crt")),
                Files.readString(files.resolve("tls.key")))),
        Files.readString(files.resolve("ca.crt")));
  }

  /** New connections with it never resume a session of another instance. */
  public SSLContext context() throws GeneralSecurityException, IOException {
    KeyManager[] keys = new KeyManager[0];
    if (own.isPresent()) {
      KeyStore store = empty();
      store.setKeyEntry(
          "own",
          KeyMaterial.fromPem(own.get().key()).revealPrivateKey(),
          IN_MEMORY,
          Pem.readCertificates(own.get().chain()).toArray(X509Certificate[]::new));
      // unchecked: the other side decides whether it accepts it
      KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
      factory.init(store, IN_MEMORY);
      keys = factory.getKeyManagers();
    }
    KeyStore anchors = empty();
    for (X509Certificate ca : Pem.readCertificates(trust)) {
      anchors.setCertificateEntry("ca-" + anchors.size(), ca);
    }
    TrustManagerFactory trusting = TrustManagerFactory.getInstance("PKIX");
    trusting.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trusting.getTrustManagers(), null);
    return context;
  }

  /** Writes the files as kubelet does: creates a new folder, then swaps the link to it. */
  void write(Path folder, int version) throws IOException {
    Path files = Files.createDirectories(folder.resolve("v" + version));
    if (own.isPresent()) {
      Files.writeString(files.resolve("tls.crt"), own.get().chain());
      Files.writeString(files.resolve("tls.key"), own.get().key());
    }
    Files.writeString(files.resolve("ca.crt"), trust);
    SwappedLink.point(folder.resolve("current"), files);
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    // PKCS12 would run ten thousand rounds of key derivation, although it stays in memory
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    return store;
  }
}
