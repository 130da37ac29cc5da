package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** A folder of files as people make them by {@code openssl}: {@code <name>.key, <name>.crt}. */
public final class OpensslCa {
  /** What makes a CA's certificate one. */
  public static final List<String> CA =
      List.of(
          "basicConstraints=critical,CA:TRUE",
          "keyUsage=critical,keyCertSign,cRLSign",
          "subjectKeyIdentifier=hash");

  /** The same under another CA. */
  public static final List<String> INTERMEDIATE =
      List.of(
          "basicConstraints=critical,CA:TRUE,pathlen:0",
          "keyUsage=critical,keyCertSign,cRLSign",
          "subjectKeyIdentifier=hash",
          "authorityKeyIdentifier=keyid");

  private final Path folder;
  private final Consumer openssl = Consumer.require("openssl", "apt-get install openssl");

  public OpensslCa(Path folder) {
    this.folder = folder;
  }

  /** A key on a curve. */
  public OpensslCa key(String name, String curve) {
    return run("ecparam", "-name", curve, "-genkey", "-noout", "-out", name + ".key");
  }

  /** An RSA key. */
  public OpensslCa rsa(String name, int bits) {
    return run("genrsa", "-out", name + ".key", Integer.toString(bits));
  }

  /** The RSA key of two primes, in PKCS#1. */
  public OpensslCa rsa(String name, BigInteger p, BigInteger q) {
    BigInteger one = BigInteger.ONE;
    BigInteger e = BigInteger.valueOf(65_537);
    BigInteger d = e.modInverse(p.subtract(one).multiply(q.subtract(one)));
    RSAPrivateKey key =
        new RSAPrivateKey(
            p.multiply(q),
            e,
            d,
            p,
            q,
            d.mod(p.subtract(one)),
            d.mod(q.subtract(one)),
            q.modInverse(p));
    try (PemWriter pem = new PemWriter(Files.newBufferedWriter(folder.resolve(name + ".key")))) {
      pem.writeObject(new PemObject("RSA PRIVATE KEY", key.getEncoded()));
    } catch (IOException ex) {
      throw new UncheckedIOException(ex);
    }
    return this;
  }

  /** A self-signed certificate of the key {@code <name>.key}. */
  public OpensslCa root(String name, String subject, List<String> extensions) {
    return rootOf(name, name, subject, extensions);
  }

  /** A self-signed certificate of another one's key. */
  public OpensslCa rootOf(String name, String key, String subject, List<String> extensions) {
    request(name, key, subject);
    return certify(name, List.of("-signkey", key + ".key"), extensions);
  }

  /** A certificate of the key {@code <name>.key}, signed by another one. */
  public OpensslCa signed(String name, String subject, String issuer, List<String> extensions) {
    return signedOf(name, name, subject, issuer, extensions);
  }

  /** A certificate of another one's key. */
  public OpensslCa signedOf(
      String name, String key, String subject, String issuer, List<String> extensions) {
    request(name, key, subject);
    return certify(name, List.of("-CA", issuer + ".crt", "-CAkey", issuer + ".key"), extensions);
  }

  /** Any command, in the folder. */
  public OpensslCa run(String... command) {
    Consumer.Run run = openssl.run(folder, command);
    if (run.exitCode() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ":\n" + run.output());
    }
    return this;
  }

  /** Several certificates in one text. */
  public String certificates(String... names) {
    StringBuilder all = new StringBuilder();
    Arrays.stream(names).forEach(name -> all.append(text(name + ".crt")));
    return all.toString();
  }

  public String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void request(String name, String key, String subject) {
    run("req", "-new", "-key", key + ".key", "-subj", subject, "-out", name + ".csr");
  }

  // an extension that starts with a dash is an option, such as -sha1
  private OpensslCa certify(String name, List<String> signer, List<String> extensions) {
    List<String> command = new ArrayList<>(List.of("x509", "-req", "-in", name + ".csr"));
    command.addAll(signer);
    List<String> options =
        extensions.stream().filter(extension -> extension.startsWith("-")).toList();
    List<String> lines =
        extensions.stream().filter(extension -> !extension.startsWith("-")).toList();
    options.forEach(option -> command.addAll(List.of(option.split(" "))));
    if (!options.contains("-days 30")) {
      command.addAll(List.of("-days", "3650"));
    }
    command.addAll(
        List.of(
            "-set_serial",
            "0x" + UUID.randomUUID().toString().replace("-", ""),
            "-out",
            name + ".crt"));
    if (!lines.isEmpty()) {
      try {
        Files.write(folder.resolve(name + ".ext"), lines);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      command.addAll(List.of("-extfile", name + ".ext"));
    }
    return run(command.toArray(String[]::new));
  }
}
