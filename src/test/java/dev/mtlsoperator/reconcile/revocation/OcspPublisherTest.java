package dev.mtlsoperator.reconcile.revocation;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.ocsp.OcspAnswer;
import dev.mtlsoperator.pki.ocsp.OcspAnswer.Refusal;
import dev.mtlsoperator.pki.ocsp.OcspRequests;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.CrlRecord;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.junit.jupiter.api.Test;

/** Who answers OCSP requests, as the caches change. */
final class OcspPublisherTest {
  private static final Instant START = Instant.parse("2026-01-07T10:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA ROOT = asking("root");
  private static final CAName NAME = CAName.of(ROOT);
  private static final CertificateAuthority FIRST = TestCrls.root(START);
  private static final CertificateAuthority SECOND = TestCrls.root(START);

  private final List<RootCA> rootCAs = new ArrayList<>(List.of(ROOT));
  private final Map<CAName, Map<String, Secret>> secrets = new HashMap<>();
  private final Map<CAName, SortedMap<Integer, Crl>> crls = new HashMap<>();
  private final List<Integer> keysRead = new ArrayList<>();
  private final List<Part> exceptions = new ArrayList<>();
  private final PublishedResponders responders = new PublishedResponders(Optional.empty());
  private Optional<KubernetesClientException> broken = Optional.empty();
  private Optional<String> sick = Optional.empty();
  private Instant now = START;
  private int version;
  private int crlsRead;

  private final OcspPublisher publisher =
      new OcspPublisher(
          rootCAs::stream,
          new OcspDuty(
              this::cached,
              this::published,
              (ca, generation, reader) -> key(generation.number()),
              SEAL),
          responders,
          new UnexpectedExceptions(exceptions::add),
          () -> now);

  private List<Secret> cached(CAName ca) {
    if (sick.filter(ca.name()::equals).isPresent()) {
      throw new IllegalStateException("sick");
    }
    return List.copyOf(secrets.getOrDefault(ca, Map.of()).values());
  }

  private SortedMap<Integer, Crl> published(CAName ca) {
    crlsRead++;
    return crls.getOrDefault(ca, Collections.emptySortedMap());
  }

  private Optional<CertificateAuthority> key(int generation) {
    keysRead.add(generation);
    if (broken.isPresent()) {
      throw broken.get();
    }
    return Optional.of(generation == 1 ? FIRST : SECOND);
  }

  private static RootCA asking(String name) {
    RootCA ca = aRootCA(it -> it.revocation(Map.of("ocsp", true)));
    ca.getMetadata().setName(name);
    ca.getMetadata().setResourceVersion("1");
    return ca;
  }

  private void put(CAName ca, Secret secret) {
    secret.getMetadata().setResourceVersion(String.valueOf(++version));
    secrets.computeIfAbsent(ca, it -> new TreeMap<>()).put(secret.getMetadata().getName(), secret);
  }

  private void generation(int number, CertificateAuthority ca, GenerationMilestones milestones) {
    put(
        NAME,
        GenerationSecret.create(
            ROOT,
            new CaGeneration(
                number,
                CaPath.root(ca.certificate()),
                Optional.empty(),
                Optional.empty(),
                milestones),
            ca.key(),
            "Created",
            SEAL));
  }

  private void signing() {
    generation(1, FIRST, GenerationMilestones.none().with(it -> it.signingSince(START)));
  }

  private static Crl crl(CertificateAuthority ca, Instant at, long... revoked) {
    return TestCrls.of(
        ca,
        at,
        Arrays.stream(revoked)
            .mapToObj(it -> new RevokedCertificate(BigInteger.valueOf(it), at, Optional.empty()))
            .toArray(RevokedCertificate[]::new));
  }

  private void record(Map<Integer, Crl> newest) {
    SortedMap<Integer, Crl> all = new TreeMap<>(newest);
    crls.put(NAME, all);
    put(NAME, CrlRecord.of(ROOT, new KnownCrls(all, Map.of(), Map.of()), null, SEAL));
  }

  private OcspAnswer ask(CertificateAuthority ca, long serial) {
    publisher.lookOnce();
    return responders.answer(OcspRequests.about(ca.certificate(), serial), now);
  }

  private static BasicOCSPResp response(OcspAnswer answer) throws IOException, OCSPException {
    return (BasicOCSPResp) new OCSPResp(answer.der()).getResponseObject();
  }

  private static boolean isGood(OcspAnswer answer) throws IOException, OCSPException {
    return response(answer).getResponses()[0].getCertStatus() == CertificateStatus.GOOD;
  }

  private static X509CertificateHolder signer(OcspAnswer answer) throws IOException, OCSPException {
    return response(answer).getCerts()[0];
  }

  @Test
  void shouldAnswerFromTheNewestCrl() throws Exception {
    signing();
    assertThat(ask(FIRST, 1)).as("no CRL yet").isEqualTo(Refusal.TRY_LATER);

    record(Map.of(1, crl(FIRST, now)));
    assertThat(isGood(ask(FIRST, 1))).isTrue();

    record(Map.of(1, crl(FIRST, now.plusSeconds(1), 1)));
    assertThat(isGood(ask(FIRST, 1))).isFalse();
    assertThat(isGood(ask(FIRST, 2))).isTrue();
    assertThat(exceptions).isEmpty();
  }

  @Test
  void shouldReadNothingWhileNothingChanges() {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    OcspAnswer answer = ask(FIRST, 1);
    int before = crlsRead;

    for (int second = 0; second < 10; second++) {
      now = now.plusSeconds(1);
      assertThat(ask(FIRST, 1)).isSameAs(answer);
    }

    assertThat(crlsRead).isEqualTo(before);
    assertThat(keysRead).containsExactly(1);
  }

  @Test
  void shouldKeepAnswersWhileOnlySomethingElseChanges() {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    OcspAnswer answer = ask(FIRST, 1);

    RootCA edited = asking("root");
    edited.getMetadata().setResourceVersion("2");
    rootCAs.set(0, edited);

    assertThat(ask(FIRST, 1)).isSameAs(answer);
    assertThat(keysRead).containsExactly(1);
  }

  @Test
  void shouldReplaceTheSignerAfterHalfOfItsLife() throws Exception {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    X509CertificateHolder former = signer(ask(FIRST, 1));

    now = now.plus(Duration.ofDays(4));
    X509CertificateHolder next = signer(ask(FIRST, 1));

    assertThat(next.getNotAfter()).isAfter(former.getNotAfter());
    assertThat(keysRead).containsExactly(1, 1);
  }

  @Test
  void shouldGoOnWithTheFormerSignerWhileTheKeyCannotBeRead() throws Exception {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    X509CertificateHolder former = signer(ask(FIRST, 1));

    broken = Optional.of(new KubernetesClientException("away", 503, null));
    now = now.plus(Duration.ofDays(4));
    assertThat(signer(ask(FIRST, 1))).isEqualTo(former);
    now = now.plusSeconds(29);
    assertThat(signer(ask(FIRST, 1))).isEqualTo(former);
    assertThat(keysRead).as("asked again after half a minute").hasSize(2);
    now = now.plusSeconds(1);
    assertThat(signer(ask(FIRST, 1))).isEqualTo(former);
    assertThat(keysRead).hasSize(3);

    broken = Optional.empty();
    now = now.plusSeconds(30);
    assertThat(signer(ask(FIRST, 1))).isNotEqualTo(former);
    assertThat(exceptions).isEmpty();
  }

  @Test
  void shouldAskAgainForAKeyThatWasNotThereAtFirst() throws Exception {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    broken = Optional.of(new KubernetesClientException("away", 503, null));
    assertThat(ask(FIRST, 1)).isEqualTo(Refusal.TRY_LATER);

    broken = Optional.empty();
    now = now.plusSeconds(30);

    assertThat(isGood(ask(FIRST, 1))).isTrue();
  }

  @Test
  void shouldAnswerForEachGenerationThatIsTrusted() throws Exception {
    signing();
    generation(2, SECOND, GenerationMilestones.none());
    record(Map.of(1, crl(FIRST, now, 1), 2, crl(SECOND, now, 2)));

    assertThat(isGood(ask(FIRST, 1))).isFalse();
    assertThat(isGood(ask(SECOND, 1))).isTrue();
    assertThat(isGood(ask(SECOND, 2))).isFalse();
  }

  @Test
  void shouldNotAnswerForADistrustedGeneration() throws Exception {
    signing();
    record(Map.of(1, crl(FIRST, now), 2, crl(SECOND, now)));
    assertThat(isGood(ask(FIRST, 1))).isTrue();

    generation(
        2,
        SECOND,
        GenerationMilestones.none()
            .with(
                it ->
                    it.signingSince(START).distrusts(Set.of(Fingerprint.of(FIRST.certificate())))));

    assertThat(ask(FIRST, 1)).isEqualTo(Refusal.UNAUTHORIZED);
    assertThat(isGood(ask(SECOND, 1))).isTrue();
  }

  @Test
  void shouldNotAnswerFromTheCrlOfAFormerRootCAWithThatName() {
    signing();
    record(Map.of(1, crl(SECOND, now)));

    assertThat(ask(FIRST, 1)).isEqualTo(Refusal.TRY_LATER);
    assertThat(ask(SECOND, 1)).isEqualTo(Refusal.TRY_LATER);
    assertThat(keysRead).isEmpty();
  }

  @Test
  void shouldForgetWhoDoesNotAskAnyMore() throws Exception {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    assertThat(isGood(ask(FIRST, 1))).isTrue();

    rootCAs.set(0, aRootCA(it -> it.revocation(Map.of())));
    assertThat(ask(FIRST, 1)).isEqualTo(Refusal.UNAUTHORIZED);

    rootCAs.set(0, ROOT);
    assertThat(isGood(ask(FIRST, 1))).isTrue();
    rootCAs.clear();
    assertThat(ask(FIRST, 1)).isEqualTo(Refusal.UNAUTHORIZED);
    assertThat(keysRead).as("its signer is kept").containsExactly(1);
  }

  @Test
  void shouldAnswerForOthersWhenOneCannotBeLookedAt() throws Exception {
    signing();
    record(Map.of(1, crl(FIRST, now)));
    rootCAs.add(0, asking("sick"));
    sick = Optional.of("sick");

    assertThat(isGood(ask(FIRST, 1))).isTrue();
    assertThat(ask(SECOND, 1)).as("it may be that one's").isEqualTo(Refusal.TRY_LATER);
    assertThat(exceptions).containsExactly(Part.OCSP, Part.OCSP);
  }
}
