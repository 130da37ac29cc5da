package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NamePattern;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Only what is listed is signed, and no way of writing a name goes around the list. */
final class SigningPolicyTest {
  private static final String NAMESPACE = "shop";

  private static final MalformedCertificate.Pair CA =
      MalformedCertificate.root(
          root -> root.subject = new X500Name("C=DE,O=Example,OU=One,OU=Two,CN=ca"));

  private static final SigningPolicy NOTHING =
      new SigningPolicy(
          Set.of(Profile.SERVER, Profile.CLIENT),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Optional.empty());

  private static final SigningPolicy POLICY =
      new SigningPolicy(
          Set.of(Profile.SERVER),
          List.of("app-{namespace}", "*.{namespace}.svc"),
          List.of("*.{namespace}.svc"),
          List.of("10.1.0.0/16"),
          List.of("spiffe://example.org/ns/{namespace}/sa/*"),
          List.of("*@{namespace}.example.com"),
          Optional.of(Duration.ofDays(366)));

  private static SigningPolicy with(String kind, String pattern) {
    List<String> one = List.of(pattern);
    List<String> none = List.of();
    return new SigningPolicy(
        NOTHING.profiles(),
        kind.equals("cn") ? one : none,
        kind.equals("dns") ? one : none,
        kind.equals("ip") ? one : none,
        kind.equals("uri") ? one : none,
        kind.equals("email") ? one : none,
        Optional.empty());
  }

  private static Optional<String> judge(SigningPolicy policy, Consumer<MalformedCertificate> leaf) {
    Consumer<MalformedCertificate> plain =
        it -> {
          it.subject = new X500Name("O=Example");
          it.dnsNames = List.of();
        };
    return policy.violation(
        MalformedCertificate.leaf(CA, plain.andThen(leaf)).certificate(),
        CA.certificate(),
        NAMESPACE);
  }

  private static Consumer<MalformedCertificate> named(String kind, String name) {
    return leaf -> {
      switch (kind) {
        case "cn" ->
            leaf.subject = new X500Name(new RDN[] {new RDN(BCStyle.CN, new DERUTF8String(name))});
        case "dns" -> leaf.dnsNames = List.of(name);
        case "ip" ->
            leaf.otherNames =
                List.of(
                    new GeneralName(
                        GeneralName.iPAddress,
                        new DEROctetString(SubjectAltNames.address(name).getAddress())));
        case "uri" ->
            leaf.otherNames = List.of(new GeneralName(GeneralName.uniformResourceIdentifier, name));
        case "email" -> leaf.otherNames = List.of(new GeneralName(GeneralName.rfc822Name, name));
        default -> throw new AssertionError(kind);
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "dns, *.{namespace}.svc, web.shop.svc, true",
    "dns, *.{namespace}.svc, WEB.Shop.SVC, true",
    "dns, *.{namespace}.svc, *.shop.svc, true",
    "dns, *.{namespace}.svc, w_b.shop.svc, true",
    "dns, *.{namespace}.svc, shop.svc, false",
    "dns, *.{namespace}.svc, .shop.svc, false",
    "dns, *.{namespace}.svc, a.b.shop.svc, false",
    "dns, *.{namespace}.svc, web.bank.svc, false",
    "dns, *.{namespace}.svc, web.shop.svc., false",
    "dns, *.{namespace}.svc, web.shop.svc.evil.example, false",
    "dns, *.{namespace}.svc, *.svc, false",
    "dns, *.{namespace}.svc, *.*.svc, false",
    "dns, *.{namespace}.svc, w*.shop.svc, false",
    "dns, *.{namespace}.svc, w b.shop.svc, false",
    "dns, *.{namespace}.svc, web.{namespace}.svc, false",
    "dns, web.{namespace}.svc, *.shop.svc, false",
    "dns, web.{namespace}.svc, web.shop.svc, true",
    "dns, api-{namespace}.example.com, api-shop.example.com, true",
    "dns, api-{namespace}.example.com, api-.example.com, false",
    "dns, api.*.example.com, api.eu.example.com, true",
    "dns, api.*.example.com, api.example.com, false",
    "dns, *, localhost, true",
    "dns, *, example.com, false",
    "dns, example.com, wwwexample.com, false",
    "dns, example.com, exampleXcom, false",
    "cn, *.{namespace}.svc, web.shop.svc, true",
    "cn, *.{namespace}.svc, web.Shop.svc, false",
    "cn, *.{namespace}.svc, web.bank.svc, false",
    "cn, *, Jane Doe, true",
    "cn, *, Łukasz, true",
    "cn, *, jane.doe, false",
    "cn, *.*, J. Doe, true",
    "cn, app-{namespace}, app-shop, true",
    "cn, app-{namespace}, APP-shop, false",
    "cn, app-{namespace}, app-bank, false",
    "cn, app-{namespace}, app-{namespace}, false",
    "cn, app, *, false",
    "ip, 10.1.0.0/16, 10.1.255.255, true",
    "ip, 10.1.0.0/16, 10.2.0.0, false",
    "ip, 10.1.2.3/16, 10.1.9.9, true",
    "ip, 0.0.0.0/0, 203.0.113.9, true",
    "ip, 0.0.0.0/0, 2001:db8::1, false",
    "ip, ::/0, 203.0.113.9, false",
    "ip, 192.0.2.1/32, 192.0.2.1, true",
    "ip, 192.0.2.1/32, 192.0.2.2, false",
    "ip, 2001:db8::/33, 2001:db8:7fff::1, true",
    "ip, 2001:db8::/33, 2001:db8:8000::1, false",
    "ip, ::ffff:10.0.0.0/104, 10.1.1.1, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/web, true",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, SPIFFE://Example.ORG/ns/shop/sa/web, true",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/web/admin, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/bank/sa/web, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/SHOP/sa/web, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/.., false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/%2e%2e, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/a%2Fb, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/web?x=1, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/shop/sa/web#x, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://evil@example.org/ns/shop/sa/web, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org:80/ns/shop/sa/web, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe:/example.org/ns/shop/sa/web, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, https://example.org/ns/shop/sa/web, false",
    "uri, spiffe://example.org/ns/{namespace}/sa/*, spiffe://example.org/ns/x/../shop/sa/web, false",
    "uri, https://*.example.com:8443/, https://api.example.com:8443/, true",
    "uri, https://*.example.com:8443/, https://api.example.com/, false",
    "uri, https://*.example.com, https://a.b.example.com, false",
    "uri, urn:example:{namespace}, urn:example:shop, true",
    "uri, urn:example:{namespace}, urn:example:shop:x, false",
    "email, *@{namespace}.example.com, jane@shop.example.com, true",
    "email, *@{namespace}.example.com, jane@SHOP.example.com, true",
    "email, *@{namespace}.example.com, jane@bank.example.com, false",
    "email, *@{namespace}.example.com, @shop.example.com, false",
    "email, *@{namespace}.example.com, a@b@shop.example.com, false",
    "email, *@{namespace}.example.com, '\"a@b\"@shop.example.com', false",
    "email, jane@*.example.com, jane@a.example.com, true",
    "email, jane@*.example.com, Jane@a.example.com, false",
    "email, jane@*.example.com, jane@a.b.example.com, false",
  })
  void shouldMatchWhole(String kind, String pattern, String name, boolean allowed) {
    assertThat(judge(with(kind, pattern), named(kind, name)).isEmpty()).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"web.\u017fhop.svc", "web.\u212ahop.svc", "web.shop\u0000.svc"})
  void shouldNotFoldOtherAlphabets(String name) {
    assertThat(NamePattern.dns("*.{namespace}.svc", NAMESPACE, name)).isFalse();
    assertThat(NamePattern.dns("*.khop.svc", NAMESPACE, name)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "dns, web.shop.svc",
    "cn, web",
    "ip, 192.0.2.1",
    "uri, https://example.com/",
    "email, jane@example.com"
  })
  void shouldRefuseEachKindThatIsNotListed(String kind, String name) {
    Optional<String> refused = judge(NOTHING, named(kind, name));

    assertThat(refused).hasValueSatisfying(why -> assertThat(why).contains(name, "list none"));
  }

  @Test
  void shouldSayWhatIsWrongAndWhatToDo() {
    assertThat(judge(POLICY, named("dns", "web.bank.svc")))
        .contains(
            "the policy of its CA does not allow the DNS name 'web.bank.svc': its dnsNames list *.shop.svc. Ask for another name, or have spec.policy.dnsNames of the RootCA extended");
  }

  @Test
  void shouldAllowAllThatIsListedAtOnce() {
    assertThat(
            judge(
                POLICY,
                leaf -> {
                  leaf.subject =
                      new X500Name(
                          "C=DE,O=Example,OU=Two,CN=app-shop,CN=web.shop.svc,E=a@shop.example.com");
                  leaf.dnsNames = List.of("web.shop.svc", "*.shop.svc");
                  leaf.otherNames =
                      List.of(new GeneralName(GeneralName.rfc822Name, "b@shop.example.com"));
                }))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // the second of two common names, wherever it stands
        "CN=app-shop,CN=admin",
        "CN=admin,CN=app-shop",
        // an e-mail address outside the alternative names
        "CN=app-shop,E=root@example.com",
        // what says who somebody is, and what is not known at all
        "CN=app-shop,UID=admin",
        "CN=app-shop,SERIALNUMBER=1",
        "CN=app-shop,GIVENNAME=admin",
        "CN=app-shop,2.5.4.12=admin",
        // where somebody belongs: only where the CA does
        "O=system:masters,CN=app-shop",
        "O=example,CN=app-shop",
        "OU=Three,CN=app-shop",
        "C=FR,CN=app-shop",
        "DC=com,CN=app-shop",
        "L=Berlin,CN=app-shop",
        // in one RDN with something harmless
        "CN=app-shop+UID=admin",
        "O=Example+CN=admin"
      })
  void shouldLookAtEveryAttributeOfTheSubject(String subject) {
    assertThat(judge(POLICY, leaf -> leaf.subject = new X500Name(subject))).isPresent();
  }

  @Test
  void shouldReadTheSubjectInWhateverEncoding() {
    assertThat(
            judge(
                POLICY,
                leaf ->
                    leaf.subject =
                        new X500Name(
                            new RDN[] {
                              new RDN(
                                  new AttributeTypeAndValue[] {
                                    new AttributeTypeAndValue(
                                        BCStyle.O, new DERPrintableString("Example")),
                                    new AttributeTypeAndValue(
                                        BCStyle.CN, new DERPrintableString("app-shop"))
                                  })
                            })))
        .isEmpty();
    assertThat(
            judge(
                POLICY,
                leaf ->
                    leaf.subject =
                        new X500Name(
                            new RDN[] {new RDN(BCStyle.CN, new DEROctetString(new byte[] {1}))})))
        .isPresent();
  }

  @Test
  void shouldRefuseOtherKindsOfAlternativeNames() {
    for (GeneralName name :
        List.of(
            new GeneralName(new X500Name("CN=app-shop")),
            new GeneralName(GeneralName.registeredID, "1.2.3.4"))) {
      assertThat(judge(POLICY, leaf -> leaf.otherNames = List.of(name)))
          .hasValueSatisfying(why -> assertThat(why).contains("of kind " + name.getTagNo()));
    }
  }

  @Test
  void shouldLookAtTheSecondNameToo() {
    assertThat(judge(POLICY, leaf -> leaf.dnsNames = List.of("web.shop.svc", "web.bank.svc")))
        .hasValueSatisfying(why -> assertThat(why).contains("'web.bank.svc'"));
  }

  @Test
  void shouldJudgeThePurposeThatIsEncoded() {
    assertThat(judge(POLICY, leaf -> leaf.purpose = KeyPurposeId.id_kp_clientAuth))
        .hasValueSatisfying(why -> assertThat(why).contains("certificates of clients"));
    assertThat(judge(POLICY, leaf -> leaf.purpose = KeyPurposeId.id_kp_codeSigning)).isPresent();
    assertThat(judge(POLICY, leaf -> leaf.purpose = null)).isPresent();
  }

  /** Without a DNS name, OpenSSL compares a host with the common name. */
  @ParameterizedTest
  @CsvSource({
    "app-shop,false",
    "a.shop.svc,true",
    "A.shop.svc,true",
    "bank.shop.svc.,false",
    "app shop,true"
  })
  void shouldJudgeTheCommonNameOfAPeerWithoutDnsNamesAsAHost(String name, boolean allowed) {
    SigningPolicy policy =
        new SigningPolicy(
            Set.of(Profile.SERVER, Profile.CLIENT, Profile.PEER),
            List.of("*", "*.*.*", "*.*.*."),
            List.of("*.{namespace}.svc"),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());
    for (Profile profile : policy.profiles()) {
      CertificateRequest request =
          PlainCertificates.request(
              profile,
              DistinguishedName.parse("CN=" + name),
              SubjectAltNames.none(),
              Validity.starting(Instant.now(), Duration.ofDays(1)));

      assertThat(policy.violation(request, CA.certificate(), NAMESPACE).isEmpty())
          .as("%s", profile)
          .isEqualTo(profile != Profile.PEER || allowed);
    }
  }

  @Test
  void shouldJudgeTheLifeThatIsEncoded() {
    UnaryOperator<SigningPolicy> to365 =
        policy ->
            new SigningPolicy(
                policy.profiles(),
                policy.commonNames(),
                policy.dnsNames(),
                policy.ipRanges(),
                policy.uris(),
                policy.emailAddresses(),
                Optional.of(Duration.ofDays(365)));

    assertThat(judge(to365.apply(POLICY), leaf -> {})).isEmpty();
    assertThat(
            judge(
                to365.apply(POLICY),
                leaf -> leaf.notAfter = MalformedCertificate.END.plusSeconds(3600)))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .contains("a life of 365d1h", "a duration of at most 365d", "maxDuration"));
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "SERVER | O=Example,CN=app-shop | web.shop.svc | 90",
        "SERVER | O=Example,CN=admin | web.shop.svc | 90",
        "SERVER | O=system:masters | web.shop.svc | 90",
        "SERVER | O=Example | web.bank.svc | 90",
        "SERVER | O=Example | web.shop.svc | 400",
        "CLIENT | O=Example | web.shop.svc | 90"
      },
      delimiter = '|')
  void shouldSayOfARequestWhatItSaysOfItsCertificate(
      Profile profile, String subject, String name, int days) {
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    Validity validity = Validity.starting(MalformedCertificate.NOW, Duration.ofDays(days));
    CertificateAuthority ca =
        PlainCertificates.root(
            DistinguishedName.parse("CN=ca,O=Example"),
            Validity.starting(MalformedCertificate.NOW, Duration.ofDays(4000)),
            key);
    CertificateRequest request =
        PlainCertificates.request(
            profile,
            DistinguishedName.parse(subject),
            new SubjectAltNames(List.of(name), List.of(), List.of(), List.of()),
            validity);

    Optional<String> beforehand = POLICY.violation(request, ca.certificate(), NAMESPACE);

    assertThat(beforehand)
        .isEqualTo(
            POLICY.violation(ca.issue(request, key.publicKey()), ca.certificate(), NAMESPACE));
    assertThat(beforehand.isEmpty())
        .isEqualTo(subject.endsWith("app-shop") && name.equals("web.shop.svc"));
  }

  @Property
  void shouldMatchNoNameOfAnotherNumberOfLabels(
      @ForAll("domains") String pattern, @ForAll("domains") String name) {
    boolean matches = NamePattern.dns(pattern, NAMESPACE, name);

    assertThat(matches && pattern.split("\\.", -1).length != name.split("\\.", -1).length)
        .isFalse();
  }

  @Property
  void shouldMatchExactlyWhatAllLabelsMatch(
      @ForAll("domains") String pattern, @ForAll("domains") String name) {
    String[] wanted = pattern.split("\\.", -1);
    String[] found = name.split("\\.", -1);
    boolean expected = wanted.length == found.length;
    for (int i = 0; expected && i < wanted.length; i++) {
      expected = wanted[i].equals("*") || wanted[i].equals(found[i]);
    }

    assertThat(NamePattern.dns(pattern, NAMESPACE, name)).isEqualTo(expected);
  }

  @Property
  void shouldNeverMatchWhatASegmentCannotHold(@ForAll String rest) {
    String name = "spiffe://example.org/ns/shop/sa/" + rest;

    if (NamePattern.uri("spiffe://example.org/ns/{namespace}/sa/*", NAMESPACE, name)) {
      assertThat(rest).matches("[A-Za-z0-9._~!$&'()+,;=:@-]+").isNotIn(".", "..");
    }
  }

  @Property
  void shouldMatchAnAddressByItsFirstBits(
      @ForAll int network, @ForAll int address, @ForAll("prefixes") int prefix) {
    long mask = prefix == 0 ? 0 : (0xffffffffL << (32 - prefix)) & 0xffffffffL;

    assertThat(
            NamePattern.ip(
                SubjectAltNames.literal(octets(network)) + "/" + prefix, octets(address)))
        .isEqualTo((network & mask) == (address & mask));
  }

  private static byte[] octets(int address) {
    return new byte[] {
      (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
    };
  }

  @Provide
  Arbitrary<Integer> prefixes() {
    return Arbitraries.integers().between(0, 32);
  }

  @Provide
  Arbitrary<String> domains() {
    return Arbitraries.of("*", "a", "shop", "svc")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(labels -> String.join(".", labels));
  }
}
