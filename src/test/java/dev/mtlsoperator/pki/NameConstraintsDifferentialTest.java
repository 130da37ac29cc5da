package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.name.ConstrainedNames;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random name constraints on random certification paths: what our proof lets pass, {@code openssl
 * verify} lets pass. The other way round ours may be stricter, for reasons that are listed here.
 * The seed is printed; {@code -Dconstraints.seed} gives it, {@code -Dconstraints.rounds} how many
 * CAs.
 */
@Tag("programs")
@Tag("once")
final class NameConstraintsDifferentialTest {
  private static final int LEAVES_OF_A_CA = 25;

  private static final List<String> HOSTS =
      List.of(
          "example.com",
          "www.example.com",
          "a.b.example.com",
          "secret.example.com",
          "a.secret.example.com",
          "notexample.com",
          "example.com.evil.test",
          "evil.test",
          "WWW.Example.COM",
          "www.example.com.",
          "secret.example.com.",
          "a_b.example.com",
          "a_b.evil.test",
          "xn--bcher-kva.example.com",
          "*.example.com",
          "*.secret.example.com",
          "*.com",
          "localhost",
          "com");

  private static final List<String> DOMAINS =
      List.of(
          "example.com",
          "secret.example.com",
          ".example.com",
          "www.example.com",
          "EXAMPLE.com",
          "com",
          "example.com.",
          "",
          "evil.test",
          "test");

  private static final List<String> RANGES =
      List.of("10.0.0.0/8", "10.1.2.0/24", "0.0.0.0/0", "2001:db8::/32", "192.0.2.1/32");

  private static final List<String> ADDRESSES =
      List.of("10.1.2.3", "10.9.9.9", "192.0.2.1", "192.0.2.2", "2001:db8::1", "fe80::1");

  /** Why ours may refuse what OpenSSL accepts. */
  private static final List<Pattern> STRICTER =
      Stream.of(
              // a wildcard that could match an excluded name
              "the wildcard '.*' could match '",
              // a dot at the end of a name or of a constraint says the same as none
              "do not allow '[^']*\\.' ",
              // the same at the end of a URI's host
              "do not allow '[^']*//[^'/]*\\./[^']*' ",
              "(permitted|excluded) (is|are) .*\\.(,|\\. )",
              // a user, a port, a query or a fragment before, after or in place of a URI's host;
              // for OpenSSL a colon in the path ends the host as well
              "do not allow '[^']*//[^']*[@?#:][^']*' ",
              // a URI of an address has no host that a constraint could be about
              "^the URI '.*' names no host")
          .map(Pattern::compile)
          .toList();

  @TempDir private Path folder;

  private final Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
  private final long seed = Long.getLong("constraints.seed", System.nanoTime());
  private final int rounds = Integer.getInteger("constraints.rounds", 40);
  private final Random random = new Random(seed);

  /** A leaf and what is sent after it. */
  private record Sent(MalformedCertificate.Pair leaf, List<X509Certificate> intermediates) {}

  @Test
  void shouldLetNothingPassThatOpensslRefuses() throws IOException {
    int accepted = 0;
    int refused = 0;
    int stricter = 0;
    int jdk = 0;
    for (int round = 0; round < rounds; round++) {
      MalformedCertificate.Pair root =
          readable(() -> MalformedCertificate.root(it -> it.nameConstraints = maybeConstraints()));
      Optional<MalformedCertificate.Pair> between =
          random.nextInt(3) > 0
              ? Optional.empty()
              : Optional.of(
                  readable(
                      () ->
                          MalformedCertificate.intermediate(
                              root,
                              it -> {
                                it.nameConstraints = maybeConstraints();
                                it.subject = random.nextBoolean() ? subject() : it.subject;
                                it.otherNames = random.nextInt(4) == 0 ? names() : List.of();
                              })));
      List<Sent> all = new ArrayList<>();
      for (int i = 0; i < LEAVES_OF_A_CA; i++) {
        MalformedCertificate.Pair leaf =
            readable(
                () ->
                    MalformedCertificate.leaf(
                        between.orElse(root),
                        it -> {
                          it.subject = subject();
                          it.dnsNames = List.of();
                          it.otherNames = names();
                        }));
        all.add(
            new Sent(leaf, between.map(MalformedCertificate.Pair::certificate).stream().toList()));
      }
      Map<Integer, String> ofOpenssl = ask(root, between, all);
      for (int i = 0; i < all.size(); i++) {
        String which = "seed " + seed + ", CA " + round + ", leaf " + i + ": ";
        Optional<String> names = judged(all.get(i), root);
        boolean proven =
            PublicationProof.of(
                    all.get(i).leaf().certificate(),
                    all.get(i).intermediates(),
                    Profile.SERVER,
                    all.get(i).leaf().key(),
                    List.of(root.certificate()),
                    List.of(MalformedCertificate.NOW))
                .isEmpty();
        Optional<String> against = Optional.ofNullable(ofOpenssl.get(i));
        if (against.isPresent()) {
          refused++;
          assertThat(names)
              .as("%s openssl: %s\n%s", which, against.get(), all.get(i).leaf().certificate())
              .isPresent();
          assertThat(proven).as(which).isFalse();
        } else if (names.isPresent()) {
          stricter++;
          assertThat(STRICTER)
              .as("%s ours alone: %s", which, names.get())
              .anyMatch(reason -> reason.matcher(names.get()).find());
        } else {
          accepted++;
          jdk += proven ? 0 : 1;
        }
      }
    }
    System.out.printf(
        "seed %d: %d accepted by both (%d not by the JDK), %d refused by both, %d by ours alone%n",
        seed, accepted, jdk, refused, stricter);
    assertThat(accepted).isPositive();
    assertThat(refused).isPositive();
  }

  private static Optional<String> judged(Sent sent, MalformedCertificate.Pair root) {
    List<X509Certificate> path =
        Stream.of(
                Stream.of(sent.leaf().certificate()),
                sent.intermediates().stream(),
                Stream.of(root.certificate()))
            .flatMap(some -> some)
            .toList();
    try {
      for (int below = 0; below < path.size() - 1; below++) {
        for (X509Certificate above : path.subList(below + 1, path.size())) {
          Optional<String> violation =
              NameConstraintsExtension.violation(
                  above,
                  path.get(below),
                  below == 0
                      ? ConstrainedNames.Position.LEAF
                      : ConstrainedNames.Position.INTERMEDIATE);
          if (violation.isPresent()) {
            return violation;
          }
        }
      }
      return Optional.empty();
    } catch (PkiException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** What OpenSSL has against leaves, by their numbers. */
  private Map<Integer, String> ask(
      MalformedCertificate.Pair root, Optional<MalformedCertificate.Pair> between, List<Sent> all)
      throws IOException {
    Files.writeString(folder.resolve("root.pem"), Pem.write(root.certificate()));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "verify",
                "-attime",
                String.valueOf(MalformedCertificate.NOW.getEpochSecond()),
                "-purpose",
                "sslserver",
                "-CAfile",
                "root.pem"));
    if (between.isPresent()) {
      Files.writeString(folder.resolve("between.pem"), Pem.write(between.get().certificate()));
      arguments.addAll(List.of("-untrusted", "between.pem"));
    }
    for (int i = 0; i < all.size(); i++) {
      Files.writeString(folder.resolve(i + ".pem"), Pem.write(all.get(i).leaf().certificate()));
      arguments.add(i + ".pem");
    }
    String output = openssl.run(folder, arguments.toArray(String[]::new)).output();
    Map<Integer, String> refused = new TreeMap<>();
    IntStream.range(0, all.size())
        .filter(i -> !output.lines().toList().contains(i + ".pem: OK"))
        .forEach(i -> refused.put(i, output));
    return refused;
  }

  private org.bouncycastle.asn1.x509.@org.jspecify.annotations.Nullable NameConstraints
      maybeConstraints() {
    GeneralSubtree[] permitted = subtrees(random.nextInt(4));
    GeneralSubtree[] excluded = subtrees(random.nextInt(3));
    return permitted.length + excluded.length == 0
        ? null
        : new org.bouncycastle.asn1.x509.NameConstraints(
            permitted.length == 0 ? null : permitted, excluded.length == 0 ? null : excluded);
  }

  private GeneralSubtree[] subtrees(int count) {
    return several(count, () -> new GeneralSubtree(base())).toArray(GeneralSubtree[]::new);
  }

  private GeneralName base() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> new GeneralName(GeneralName.dNSName, one(DOMAINS));
      case 2 ->
          new GeneralName(
              GeneralName.rfc822Name,
              random.nextInt(3) == 0
                  ? one(List.of("jane@", "Jane@", "@")) + one(DOMAINS)
                  : one(DOMAINS));
      case 3 -> new GeneralName(GeneralName.uniformResourceIdentifier, one(DOMAINS));
      case 4 -> new GeneralName(GeneralName.iPAddress, range(one(RANGES)));
      default ->
          new GeneralName(
              random.nextInt(4) == 0
                  ? subject()
                  : new X500Name(
                      one(List.of("C=DE", "c=DE,O=Example", "C=DE,O=EXAMPLE", "CN=leaf"))));
    };
  }

  private static DEROctetString range(String range) {
    NameConstraintsExtension made =
        new NameConstraintsExtension(
            new NameConstraintsExtension.Subtrees(List.of(), List.of(range), List.of(), List.of()),
            NameConstraintsExtension.Subtrees.none());
    return (DEROctetString) made.extension().getPermittedSubtrees()[0].getBase().getName();
  }

  private List<GeneralName> names() {
    return several(
            random.nextInt(3),
            () ->
                switch (random.nextInt(8)) {
                  case 0, 1, 2 -> new GeneralName(GeneralName.dNSName, one(HOSTS));
                  case 3, 4 -> new GeneralName(GeneralName.rfc822Name, mail());
                  case 5, 6 -> new GeneralName(GeneralName.uniformResourceIdentifier, uri());
                  default ->
                      new GeneralName(
                          GeneralName.iPAddress,
                          new DEROctetString(SubjectAltNames.address(one(ADDRESSES)).getAddress()));
                })
        .toList();
  }

  private String mail() {
    return random.nextInt(12) == 0
        ? "jane"
        : one(List.of("jane@", "Jane@", "ceo@", "\"a@b\"@")) + one(HOSTS);
  }

  private String uri() {
    String host = random.nextInt(8) == 0 ? one(ADDRESSES) : one(HOSTS);
    return one(List.of("https://", "spiffe://", "https://user@", "https://www.example.com:x@"))
        + host
        + one(List.of("", "/", "/a:b", ":8443/", "?q=.example.com", "#x"))
        + (random.nextInt(12) == 0 ? "urn:x" : "");
  }

  private X500Name subject() {
    X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
    if (random.nextInt(3) == 0) {
      builder.addRDN(BCStyle.C, new DERPrintableString(one(List.of("DE", "FR"))));
    }
    if (random.nextInt(3) == 0) {
      builder.addRDN(
          BCStyle.O, new DERUTF8String(one(List.of("Example", " example ", "EXAM  PLE", "Other"))));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      builder.addRDN(BCStyle.CN, text(random.nextInt(5) == 0 ? "user " + i : one(HOSTS)));
    }
    if (random.nextInt(3) == 0) {
      builder.addRDN(
          BCStyle.EmailAddress,
          random.nextInt(6) == 0 ? new DERUTF8String(mail()) : new DERIA5String(mail()));
    }
    if (random.nextInt(6) == 0) {
      builder.addMultiValuedRDN(
          new org.bouncycastle.asn1.ASN1ObjectIdentifier[] {BCStyle.OU, BCStyle.CN},
          new ASN1Encodable[] {new DERUTF8String("unit"), new DERUTF8String(one(HOSTS))});
    }
    return builder.build();
  }

  private ASN1Encodable text(String value) {
    return random.nextInt(3) == 0 && !value.contains("*") && !value.contains("_")
        ? new DERPrintableString(value)
        : new DERUTF8String(value);
  }

  // the JDK does not read every name: what it cannot read is neither imported nor published
  private static MalformedCertificate.Pair readable(Supplier<MalformedCertificate.Pair> make) {
    while (true) {
      try {
        return make.get();
      } catch (PkiException e) {
        assertThat(e).hasMessageContaining("holds no X.509 certificate");
      }
    }
  }

  private <T> Stream<T> several(int count, Supplier<T> make) {
    return Stream.generate(make).limit(count).toList().stream();
  }

  private <T> T one(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }
}
