package dev.mtlsoperator.pki.advice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.Pkcs12;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** For each rule a certificate that it is about, and one that it is just not about. */
class LeafAdviceTest {
  private static final Draft.Made ROOT = Draft.root(root -> {});

  // ---- keys

  @Test
  void shouldKnowKeysThatBrowsersRefuse() {
    assertThat(server(leaf -> leaf.key = key(KeyType.ED25519, 0))).containsExactly("ed25519");
    assertThat(client(leaf -> leaf.key = key(KeyType.ED25519, 0))).containsExactly("ed25519");
    assertThat(server(leaf -> leaf.key = key(KeyType.ECDSA, 521))).containsExactly("p521");
    assertThat(server(leaf -> leaf.key = key(KeyType.ECDSA, 384))).isEmpty();
    assertThat(server(leaf -> leaf.key = key(KeyType.RSA, 2048))).isEmpty();
  }

  // ---- names of servers

  @ParameterizedTest
  @ValueSource(strings = {"*.local", "*.com", "*.internal", "*.localhost"})
  void shouldKnowWildcardsThatMatchNothing(String name) {
    assertThat(server(leaf -> leaf.names(dns("a.example.org"), dns(name))))
        .containsExactly("wildcard-below-top-level");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*.example.org", "*.lan.local", "local", "a.local"})
  void shouldSayNothingOfOtherNames(String name) {
    assertThat(server(leaf -> leaf.names(dns(name)))).isEmpty();
  }

  @Test
  void shouldNotJudgeTheNamesOfAClient() {
    assertThat(client(leaf -> leaf.names(dns("*.local")))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "localhost", "LOCALHOST", "2001:db8::1"})
  void shouldMissACommonNameThatPeersMightDial(String commonName) {
    assertThat(server(leaf -> leaf.subject = "CN=" + commonName))
        .containsExactly("common-name-not-in-san");
    assertThat(client(leaf -> leaf.subject = "CN=" + commonName)).isEmpty();
  }

  @Test
  void shouldFindACommonNameAmongTheNames() {
    assertThat(
            server(
                leaf -> {
                  leaf.subject = "CN=10.0.0.1";
                  leaf.names(new GeneralName(GeneralName.iPAddress, "10.0.0.1"));
                }))
        .isEmpty();
    assertThat(
            server(
                leaf -> {
                  leaf.subject = "CN=localhost";
                  leaf.names(dns("localhost"));
                }))
        .isEmpty();
    assertThat(server(leaf -> leaf.subject = "CN=Gateway 7,O=Example")).isEmpty();
  }

  // ---- trust

  @Test
  void shouldTellOfTrustedNamesakes() {
    Namesakes.Pair pair =
        new Namesakes.Pair(ROOT.certificate(), Draft.root(root -> {}).certificate());

    assertThat(
            LeafAdvice.on(
                new LeafSubject(
                    Draft.server(ROOT, leaf -> {}).certificate(),
                    Optional.empty(),
                    List.of(pair),
                    Collections.emptySortedMap())))
        .singleElement()
        .satisfies(advice -> assertThat(advice.id()).isEqualTo("trusted-namesakes"))
        .satisfies(advice -> assertThat(advice.text()).contains("CN=root", "OpenSSL"));
  }

  @Test
  void shouldTellOfTrustThatFindsNoRoom() {
    assertThat(
            LeafAdvice.on(
                new LeafSubject(
                    Draft.server(ROOT, leaf -> {}).certificate(),
                    Optional.empty(),
                    List.of(),
                    new TreeMap<>(Map.of("'a/1'", 7, "'a/2'", 1, "'a/3'", 2, "'a/4'", 3)))))
        .singleElement()
        .satisfies(advice -> assertThat(advice.id()).isEqualTo("trust-does-not-fit"))
        .satisfies(
            advice ->
                assertThat(advice.text())
                    .contains(
                        "7 of RootCA 'a/1', 1 of RootCA 'a/2', 2 of RootCA 'a/3' and others",
                        "spec.trustedCARefs"));
  }

  // ---- life

  @Test
  void shouldCountDaysAsAppleDoes() {
    assertThat(server(leaf -> leaf.life = Duration.ofDays(825).plusSeconds(1)))
        .containsExactly("server-life-over-825-days");
    assertThat(server(leaf -> leaf.life = Duration.ofDays(825))).isEmpty();
    assertThat(client(leaf -> leaf.life = Duration.ofDays(3650))).isEmpty();
  }

  // ---- keystores

  static Stream<Consumer<Draft>> people() {
    return Stream.of(
        leaf -> leaf.names(mail("jane@example.com")),
        leaf -> leaf.subject = "CN=jane,E=jane@example.com",
        leaf -> leaf.subject = "CN=Jane Doe",
        leaf -> leaf.subject = "CN=Ludwig van Beethoven,O=Example",
        leaf -> leaf.subject = "CN=Zoë O’Neill-Smith",
        leaf -> leaf.subject = "CN=jane@example.com");
  }

  @ParameterizedTest
  @MethodSource("people")
  void shouldAdvisePeopleOnTheirKeystore(Consumer<Draft> person) {
    assertThat(client(person, Pkcs12.Encryption.MODERN)).containsExactly("keystore-for-people");
    assertThat(client(person, Pkcs12.Encryption.LEGACY)).isEmpty();
    assertThat(client(person)).isEmpty();
  }

  static Stream<Consumer<Draft>> services() {
    return Stream.of(
        leaf -> {},
        leaf -> leaf.subject = "CN=orders",
        leaf -> leaf.subject = "CN=app.orders.reader,O=Example",
        leaf -> leaf.subject = "CN=orders client",
        leaf -> leaf.subject = "CN=Node 7",
        leaf -> leaf.subject = "O=Example Shop",
        leaf -> leaf.names(uri("spiffe://example.org/orders")),
        leaf -> leaf.names(mail("ops@example.com"), dns("orders.shop.svc")),
        leaf -> leaf.names(mail("ops@example.com"), uri("spiffe://example.org/orders")),
        leaf -> {
          leaf.names(mail("ops@example.com"));
          leaf.purpose(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
        });
  }

  @ParameterizedTest
  @MethodSource("services")
  void shouldLeaveServicesAlone(Consumer<Draft> service) {
    assertThat(client(service, Pkcs12.Encryption.MODERN)).isEmpty();
  }

  private static List<String> server(Consumer<Draft> change) {
    return ids(LeafSubject.of(Draft.server(ROOT, change).certificate(), Optional.empty()));
  }

  private static List<String> client(Consumer<Draft> change) {
    return ids(LeafSubject.of(Draft.client(ROOT, change).certificate(), Optional.empty()));
  }

  private static List<String> client(Consumer<Draft> change, Pkcs12.Encryption encryption) {
    return ids(LeafSubject.of(Draft.client(ROOT, change).certificate(), Optional.of(encryption)));
  }

  private static List<String> ids(LeafSubject subject) {
    return LeafAdvice.on(subject).stream().map(Advice::id).toList();
  }

  private static java.security.PublicKey key(KeyType type, int size) {
    return TestKeys.of(new KeyParameters(type, size)).publicKey();
  }

  private static GeneralName dns(String name) {
    return new GeneralName(GeneralName.dNSName, name);
  }

  private static GeneralName mail(String name) {
    return new GeneralName(GeneralName.rfc822Name, name);
  }

  private static GeneralName uri(String name) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, name);
  }
}
