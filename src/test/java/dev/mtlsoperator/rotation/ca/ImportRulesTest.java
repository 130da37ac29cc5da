package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision.Begins;
import dev.mtlsoperator.rotation.ca.CaDecision.Completeness;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.simulation.EditedFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** How imported CAs follow one another. */
class ImportRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(100));
  private static final Duration OVERLAP = Duration.ofHours(24);

  private static final CertificateAuthority ROOT = root("root", key(), 3650);
  private static final CertificateAuthority REISSUED = root("root", ROOT.key(), 7300);
  private static final CertificateAuthority OTHER_ROOT = root("other", key(), 3650);
  private static final CaPath FIRST = under(ROOT, root("issuing 1", key(), 1000));
  private static final CaPath SECOND = under(ROOT, root("issuing 2", key(), 1000));

  @Test
  void shouldMakeAGenerationOfNewContentAndDistributeItFirst() {
    Facts facts = importing(path(OTHER_ROOT)).generation(1, path(ROOT), true);

    assertThat(facts.decide())
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> {
              assertThat(create.number()).isEqualTo(2);
              assertThat(create.begins()).isEqualTo(Begins.WHEN_DISTRIBUTED);
              assertThat(create.reissue()).isEqualTo(Reissue.OnRenewal);
              assertThat(create.why().reason()).isEqualTo(Reason.Imported);
            });
    assertThat(facts.generation(2, path(OTHER_ROOT), false).copy(1, 1, 2).decide())
        .isInstanceOf(CaDecision.MarkDistributed.class);
    assertThat(CaJudgements.notReady(facts.get(), NOW)).isEmpty();
  }

  @Test
  void shouldKeepWhatIsThere() {
    Facts facts = importing(FIRST).generation(1, FIRST, true).copy(1, 1);

    assertThat(facts.decide()).isInstanceOf(CaDecision.Keep.class);
    assertThat(facts.blocked()).isEmpty();
    assertThat(CaJudgements.progress(facts.get(), NOW).orElseThrow().next())
        .startsWith("generation 2 is to be imported by ");
  }

  @Test
  void shouldDistrustTheOnlyOneThoughItWasTamperedWith() {
    // given: an intermediate, and nothing else to import
    CaGeneration stolen =
        new CaGeneration(
            1, FIRST, Optional.empty(), Optional.of("input"), GenerationMilestones.none());
    CaGenerations generations = new CaGenerations(List.of(), List.of(tampered(stolen)));
    CaRequests distrust =
        new CaRequests(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(stolen.fingerprint()));

    // then: it is remembered, and its root leaves with it
    CaDecision.Distrust noted =
        (CaDecision.Distrust) CaJudgements.decide(unproven(FIRST, generations, distrust), NOW);
    assertThat(noted.distrusts()).containsExactly(stolen.fingerprint());
    CaGenerations remembered = generations.remembering(new History(noted.distrusts(), 0, 1));
    assertThat(remembered.isProven()).isTrue();
    assertThat(remembered.bundle()).isEmpty();
    assertThat(remembered.banned())
        .containsExactlyInAnyOrder(stolen.fingerprint(), Fingerprint.of(FIRST.anchor()));
    CaFacts facts = unproven(FIRST, remembered, distrust);
    assertThat(
            CaJudgements.decide(
                EditedFacts.of(facts, it -> it.bundle(CaFacts.Bundle.OUTDATED)), NOW))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaJudgements.decide(facts, NOW))
        .isInstanceOfSatisfying(
            CaDecision.Refuse.class,
            refuse -> assertThat(refuse.why().reason()).isEqualTo(Reason.Distrusted));

    // and another one signs as soon as it is there
    assertThat(CaJudgements.decide(unproven(path(OTHER_ROOT), remembered, distrust), NOW))
        .isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldNotTakeARootAwayThatIsThatOfAnotherOneThatCannotBeProven() {
    List<Suspect> suspects =
        List.of(
            tampered(
                new CaGeneration(
                    1, FIRST, Optional.empty(), Optional.of("input"), GenerationMilestones.none())),
            tampered(
                new CaGeneration(
                    2,
                    SECOND,
                    Optional.empty(),
                    Optional.of("input"),
                    GenerationMilestones.none())));
    Fingerprint stolen = Fingerprint.of(FIRST.certificate());
    CaGenerations generations =
        new CaGenerations(List.of(), suspects).remembering(new History(Set.of(stolen), 0, 2));

    assertThat(generations.banned()).containsExactly(stolen);
    assertThat(generations.standing()).containsOnlyKeys(2);
    // unless the root itself is distrusted
    Fingerprint root = Fingerprint.of(FIRST.anchor());
    assertThat(new CaGenerations(List.of(), suspects).distrusting(root))
        .contains(root, stolen, Fingerprint.of(SECOND.certificate()));
  }

  private static Suspect tampered(CaGeneration generation) {
    return new Suspect(
        generation.number(),
        generation.fingerprint(),
        Optional.of(generation),
        "root-ca-" + generation.number(),
        Suspect.Kind.TAMPERED,
        "what was found");
  }

  private static CaFacts unproven(CaPath input, CaGenerations generations, CaRequests requests) {
    return new CaFacts(
        new DesiredCertificate.Import("input", input),
        RotationPlan.of(RootCAFixture.aRootCA(it -> it.importedFrom("input").overlap("24h"))),
        requests,
        generations,
        0,
        1,
        List.of("status.generations"),
        Optional.empty(),
        true,
        CaFacts.Bundle.CURRENT,
        Distribution.none(),
        new DistributionState(
            DistributionState.Evidence.FRESH, List.of(), List.of(), Duration.ZERO),
        List.of(),
        RevocationFacts.off());
  }

  @Test
  void shouldRefuseASuccessorOfTheSameNameThatNothingTellsApart() {
    CaPath bare =
        CaPath.root(MalformedCertificate.root(it -> it.keyIdentifier = null).certificate());
    CaPath identified = CaPath.root(MalformedCertificate.root(it -> {}).certificate());
    CaPath another = CaPath.root(MalformedCertificate.root(it -> {}).certificate());

    for (Facts refused :
        List.of(
            importing(identified).generation(1, bare, true),
            importing(bare).generation(1, identified, true))) {
      assertThat(refused.decide()).isInstanceOf(CaDecision.Keep.class);
      assertThat(refused.blocked()).contains(Reason.InvalidInput);
      assertThat(new CaReadiness(refused.get(), Phase.of(refused.get(), NOW), NOW).renewalBlocked())
          .map(Finding::message)
          .get(InstanceOfAssertFactories.STRING)
          .contains("'CN=root'", "no subjectKeyIdentifier", "Give the new CA another subject");
      assertThat(CaJudgements.notReady(refused.get(), NOW)).isEmpty();
    }
    assertThat(importing(another).generation(1, identified, true).decide())
        .isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldTakeItOnceTheFormerOneIsDistrusted() {
    CaPath bare =
        CaPath.root(MalformedCertificate.root(it -> it.keyIdentifier = null).certificate());
    CaPath identified = CaPath.root(MalformedCertificate.root(it -> {}).certificate());
    Facts facts = importing(identified).generation(1, bare, true);
    CaRequests distrust =
        new CaRequests(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(Fingerprint.of(bare.certificate())));

    assertThat(CaJudgements.decide(EditedFacts.of(facts.get(), it -> it.requests(distrust)), NOW))
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> assertThat(create.begins()).isEqualTo(Begins.AT_ONCE));
  }

  @Test
  void shouldNotMakeASuccessorThatNothingTellsFromAnImportedOne() {
    CaPath bare =
        CaPath.root(MalformedCertificate.root(it -> it.keyIdentifier = null).certificate());
    Facts sameName =
        new Facts(RootCAFixture.desired(RootCAFixture.aRootCA(it -> it.commonName("root"))))
            .generation(1, bare, true);
    Facts otherName =
        new Facts(RootCAFixture.desired(RootCAFixture.aRootCA(it -> it.commonName("another"))))
            .generation(1, bare, true);

    assertThat(sameName.decide()).isInstanceOf(CaDecision.Keep.class);
    assertThat(CaJudgements.notReady(sameName.get(), NOW))
        .get()
        .satisfies(why -> assertThat(why.toString()).contains("InvalidSpec"));
    assertThat(otherName.decide()).isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldSignAtOnceUnderARootThatEverybodyHolds() {
    Facts facts =
        importing(SECOND).generation(1, FIRST, true).generation(2, SECOND, false).copy(1, 1, 2);

    assertThat(facts.decide())
        .isInstanceOfSatisfying(
            CaDecision.StartSigning.class,
            start -> {
              assertThat(start.number()).isEqualTo(2);
              assertThat(start.trust()).isEqualTo(Completeness.COMPLETE);
            });
    assertThat(facts.manual().decide()).isInstanceOf(CaDecision.MarkDistributed.class);
  }

  @Test
  void shouldSignAtOnceWithTheSameKeyAndNameUnlessTheOldRootIsAboutToEnd() {
    CertificateAuthority ending = root("root", ROOT.key(), 1);

    assertThat(
            importing(path(REISSUED))
                .generation(1, path(ROOT), true)
                .generation(2, path(REISSUED), false)
                .copy(1, 1)
                .decide())
        .isInstanceOf(CaDecision.StartSigning.class);
    assertThat(
            importing(path(REISSUED))
                .generation(1, path(ending), true)
                .generation(2, path(REISSUED), false)
                .copy(1, 1)
                .decide())
        .isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldKeepTheOldRootUntilEverybodyHoldsTheReissuedOne() {
    Facts lacking =
        importing(path(REISSUED))
            .generation(1, path(ROOT), true)
            .generation(2, path(REISSUED), true)
            .copy(2, 1);

    assertThat(lacking.decide()).isInstanceOf(CaDecision.Keep.class);
    assertThat(lacking.copies(List.of()).copy(2, 1, 2).decide())
        .isInstanceOf(CaDecision.MarkUnused.class);
  }

  @Test
  void shouldTakeBackASuccessorThatNeverSignedWhenTheContentReturns() {
    Facts facts =
        importing(path(ROOT))
            .generation(1, path(ROOT), true)
            .generation(2, path(OTHER_ROOT), false);

    assertThat(facts.decide())
        .isInstanceOfSatisfying(
            CaDecision.Withdraw.class, withdraw -> assertThat(withdraw.number()).isEqualTo(2));
  }

  @Test
  void shouldFollowAFormerContentAtOnceForItsRootIsStillTrusted() {
    Facts facts =
        importing(path(ROOT))
            .generation(1, path(ROOT), true)
            .generation(2, path(OTHER_ROOT), true)
            .copy(2, 1, 2);

    assertThat(facts.decide()).isInstanceOf(CaDecision.Create.class);
    assertThat(facts.generation(3, path(ROOT), false).copies(List.of()).copy(2, 1, 2, 3).decide())
        .isInstanceOf(CaDecision.StartSigning.class);
  }

  @Test
  void shouldGoOnWithASuccessorWhenTheInputIsGone() {
    Facts facts =
        missing()
            .generation(1, path(ROOT), true)
            .generation(2, path(OTHER_ROOT), false)
            .copy(1, 1, 2);

    assertThat(facts.decide()).isInstanceOf(CaDecision.MarkDistributed.class);
    assertThat(facts.blocked()).contains(Reason.InputNotAvailable);
    assertThat(CaJudgements.notReady(facts.get(), NOW)).isEmpty();
  }

  @Test
  void shouldTouchNothingForContentThatIsNotValidAtPresent() {
    CertificateAuthority expired =
        PlainCertificates.root(
            DistinguishedName.parse("CN=expired"),
            new Validity(LONG_AGO.minusSeconds(60), LONG_AGO),
            key());
    CertificateAuthority later =
        PlainCertificates.root(
            DistinguishedName.parse("CN=later"),
            new Validity(NOW.plusSeconds(60), NOW.plus(Duration.ofDays(90))),
            key());

    for (CertificateAuthority content : List.of(expired, later)) {
      Facts facts = importing(path(content)).generation(1, path(ROOT), true).copy(1, 1);

      assertThat(facts.decide()).isInstanceOf(CaDecision.Keep.class);
      assertThat(facts.blocked()).contains(Reason.InvalidInput);
      assertThat(importing(path(content)).bundleAbsent().decide())
          .isInstanceOfSatisfying(
              CaDecision.Refuse.class,
              refuse -> assertThat(refuse.why().reason()).isEqualTo(Reason.InvalidInput));
    }
    assertThat(
            CaJudgements.renewalBlocked(
                importing(path(expired)).generation(1, path(ROOT), true).get(), NOW))
        .hasValueSatisfying(
            why ->
                assertThat(why.message())
                    .contains(
                        "Secret 'input' cannot be imported: 'CN=expired' expired on " + LONG_AGO)
                    .contains("Generation 1 stays in service until"));
  }

  @Test
  void shouldNeverMakeASuccessorOfItsOwn() {
    CaPath ends = path(root("ends", key(), 10));
    Facts near = importing(ends).generation(1, ends, true).copy(1, 1);
    CaPath gone =
        path(
            PlainCertificates.root(
                DistinguishedName.parse("CN=gone"),
                new Validity(LONG_AGO, NOW.minusSeconds(1)),
                key()));
    Facts expired = importing(gone).generation(1, gone, true).copy(1, 1);

    assertThat(near.decide()).isInstanceOf(CaDecision.Keep.class);
    assertThat(near.at(NOW.plus(Duration.ofDays(9))).blocked()).contains(Reason.RenewalDue);
    assertThat(expired.decide()).isInstanceOf(CaDecision.Keep.class);
    assertThat(CaJudgements.notReady(expired.get(), NOW))
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.CAExpired);
              assertThat(why.message()).contains("write another one to Secret 'input'");
            });
    assertThat(importing(path(ROOT)).generation(1, gone, true).copy(1, 1).decide())
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> assertThat(create.begins()).isEqualTo(Begins.AT_ONCE));
  }

  @Test
  void shouldAskForContentWhenARotationIsAskedFor() {
    Facts facts = importing(path(ROOT)).generation(1, path(ROOT), true).copy(1, 1).rotate("now");

    assertThat(facts.decide()).isInstanceOf(CaDecision.Keep.class);
    assertThat(facts.blocked()).contains(Reason.RotationRequested);
    assertThat(
            importing(path(OTHER_ROOT))
                .generation(1, path(ROOT), true)
                .copy(1, 1)
                .rotate("now")
                .decide())
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> assertThat(create.reissue()).isEqualTo(Reissue.Immediately));
  }

  @Test
  void shouldDistrustTheOnlyOneAndWaitForAnother() {
    Fingerprint bad = Fingerprint.of(ROOT.certificate());
    Facts asked = importing(path(ROOT)).generation(1, path(ROOT), true).copy(1, 1).distrust(bad);

    assertThat(asked.decide())
        .isInstanceOfSatisfying(
            CaDecision.Condemn.class,
            condemn ->
                assertThat(condemn.why().message()).contains("until another CA is imported"));

    Facts done =
        importing(path(ROOT)).distrusted(1, path(ROOT), Set.of(bad)).distrust(bad).copy(1, 1);
    assertThat(done.decide())
        .isInstanceOfSatisfying(
            CaDecision.Refuse.class,
            refuse -> {
              assertThat(refuse.why().reason()).isEqualTo(Reason.Distrusted);
              assertThat(refuse.why().message()).contains(bad + " is distrusted");
            });
    assertThat(done.get().generations().bundle()).isEmpty();
    assertThat(done.wanting(path(OTHER_ROOT)).decide())
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> assertThat(create.begins()).isEqualTo(Begins.AT_ONCE));
    // the same key is as bad under another certificate
    assertThat(
            new CaGenerations(asked.generation(2, path(REISSUED), true).generations)
                .distrusting(bad))
        .containsExactlyInAnyOrder(bad, Fingerprint.of(REISSUED.certificate()));
  }

  @Test
  void shouldSayThatASharedRootStaysTrusted() {
    Facts facts =
        importing(SECOND)
            .generation(1, FIRST, true)
            .generation(2, SECOND, true)
            .copy(2, 1, 2)
            .distrust(Fingerprint.of(FIRST.certificate()));

    assertThat(facts.decide())
        .isInstanceOfSatisfying(
            CaDecision.StartSigning.class,
            start ->
                assertThat(start.why().message())
                    .contains("Its root stays trusted, for it is that of generation 2 too")
                    .contains(Fingerprint.of(ROOT.certificate()).text()));
    assertThat(facts.distrust(Fingerprint.of(ROOT.certificate())).decide())
        .isInstanceOf(CaDecision.Condemn.class);
  }

  @Test
  void shouldRotateBetweenMadeAndImported() {
    DesiredCertificate made = RootCAFixture.desired(aRootCA(it -> it.commonName("made here")));
    CertificateAuthority own = Issuance.rootCA(((DesiredCertificate.Valid) made).template(), NOW);

    assertThat(new Facts(made).generation(1, path(ROOT), true).copy(1, 1).decide())
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> assertThat(create.why().message()).contains("generation 1 was imported"));
    Facts toImport = importing(path(ROOT)).made(1, own).copy(1, 1);
    assertThat(toImport.decide()).isInstanceOf(CaDecision.Create.class);
    assertThat(CaJudgements.notReady(toImport.get(), NOW))
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo(Reason.SpecNotInService));
    assertThat(CaJudgements.notReady(missing().made(1, own).get(), NOW))
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo(Reason.InputNotAvailable));
  }

  @Test
  void shouldBoundWhatAnInputThatChangesToAndFroPilesUp() {
    Facts facts = importing(path(OTHER_ROOT));
    for (int n = 1; n <= 16; n++) {
      facts = facts.generation(n, n % 2 == 0 ? FIRST : SECOND, true);
    }
    facts = facts.copy(16, IntStream.rangeClosed(1, 16).toArray());

    assertThat(facts.decide()).isNotInstanceOf(CaDecision.Create.class);
    assertThat(facts.blocked()).contains(Reason.InvalidInput);
  }

  @Test
  void shouldAttributeALeafByTheNumberNotedBesideItWhereTheKeyIsTheSame() {
    CaGenerations generations =
        new CaGenerations(
            importing(path(REISSUED))
                .generation(1, path(ROOT), true)
                .generation(2, path(REISSUED), true)
                .generation(3, path(OTHER_ROOT), true)
                .generations);
    var leaf =
        ROOT.issue(
            CertificateTemplate.of(aServerCert()).request(NOW, path(ROOT)), key().publicKey());

    assertThat(generations.issuer(leaf, 1)).map(CaGeneration::number).contains(1);
    assertThat(generations.issuer(leaf, 2)).map(CaGeneration::number).contains(2);
    assertThat(generations.issuer(leaf, 3)).map(CaGeneration::number).contains(2);
  }

  @Test
  void shouldEndALeafWithWhateverEndsFirstAboveIt() {
    CertificateAuthority shortRoot = root("short", key(), 20);
    CertificateAuthority below = root("below", key(), 1000);
    CaPath path = under(shortRoot, below);

    var request = CertificateTemplate.of(aServerCert()).request(NOW, path);

    assertThat(path.end()).isEqualTo(shortRoot.certificate().getNotAfter().toInstant());
    assertThat(request.validity().notAfter()).isEqualTo(path.end());
  }

  // ---- facts

  private static Facts importing(CaPath content) {
    return new Facts(new DesiredCertificate.Import("input", content));
  }

  private static Facts missing() {
    return new Facts(
        new DesiredCertificate.Unusable(
            "input", new Finding(Reason.InputNotAvailable, "it is missing")));
  }

  private record Facts(
      DesiredCertificate desired,
      List<CaGeneration> generations,
      List<DistributionState.Copy> copies,
      CaRequests requests,
      Advance advance,
      CaFacts.Bundle bundle,
      Instant now) {
    Facts(DesiredCertificate desired) {
      this(
          desired,
          List.of(),
          List.of(),
          CaRequests.none(),
          Advance.Automatic,
          CaFacts.Bundle.CURRENT,
          NOW);
    }

    Facts wanting(CaPath content) {
      return new Facts(
          new DesiredCertificate.Import("input", content),
          generations,
          copies,
          requests,
          advance,
          bundle,
          now);
    }

    Facts generation(int number, CaPath path, boolean signs) {
      return with(number, path, signs, Optional.of("input"), Set.of());
    }

    Facts made(int number, CertificateAuthority ca) {
      return with(number, path(ca), true, Optional.empty(), Set.of());
    }

    Facts distrusted(int number, CaPath path, Set<Fingerprint> distrusts) {
      return with(number, path, true, Optional.of("input"), distrusts);
    }

    private Facts with(
        int number, CaPath path, boolean signs, Optional<String> from, Set<Fingerprint> distrusts) {
      GenerationMilestones milestones =
          GenerationMilestones.none().with(it -> it.distrusts(distrusts));
      List<CaGeneration> all = new ArrayList<>(generations);
      all.add(
          new CaGeneration(
              number,
              path,
              Optional.empty(),
              from,
              signs ? milestones.with(it -> it.signingSince(LONG_AGO)) : milestones));
      return new Facts(desired, all, copies, requests, advance, bundle, now);
    }

    Facts copy(int signedBy, int... trusts) {
      List<DistributionState.Copy> all = new ArrayList<>(copies);
      all.add(
          new DistributionState.Copy(
              "ServerCert 'web'",
              IntStream.of(trusts).boxed().collect(Collectors.toSet()),
              Optional.of(LONG_AGO),
              false,
              OptionalInt.of(signedBy),
              Optional.of(NOW.plus(Duration.ofDays(60)))));
      return copies(all);
    }

    Facts copies(List<DistributionState.Copy> all) {
      return new Facts(desired, generations, all, requests, advance, bundle, now);
    }

    Facts rotate(String value) {
      return requests(
          new CaRequests(Optional.of(value), Optional.empty(), Optional.empty(), Optional.empty()));
    }

    Facts distrust(Fingerprint fingerprint) {
      return requests(
          new CaRequests(
              Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(fingerprint)));
    }

    private Facts requests(CaRequests others) {
      return new Facts(desired, generations, copies, others, advance, bundle, now);
    }

    Facts manual() {
      return new Facts(desired, generations, copies, requests, Advance.Manual, bundle, now);
    }

    Facts bundleAbsent() {
      return new Facts(desired, generations, copies, requests, advance, CaFacts.Bundle.ABSENT, now);
    }

    Facts at(Instant other) {
      return new Facts(desired, generations, copies, requests, advance, bundle, other);
    }

    CaFacts get() {
      return new CaFacts(
          desired,
          new RotationPlan(Optional.empty(), OVERLAP, Reissue.OnRenewal, advance),
          requests,
          new CaGenerations(generations),
          0,
          generations.stream().mapToInt(CaGeneration::number).max().orElse(0),
          List.of(),
          Optional.empty(),
          true,
          bundle,
          Distribution.none(),
          new DistributionState(
              DistributionState.Evidence.FRESH, copies, List.of(), Duration.ofDays(1)),
          List.of(),
          RevocationFacts.off());
    }

    CaDecision decide() {
      return CaJudgements.decide(get(), now);
    }

    Optional<Reason> blocked() {
      return CaJudgements.renewalBlocked(get(), now).map(Finding::reason);
    }
  }

  private static CaPath path(CertificateAuthority root) {
    return CaPath.root(root.certificate());
  }

  private static CaPath under(CertificateAuthority root, CertificateAuthority below) {
    return new CaPath(
        root.crossSign(below.certificate(), NameConstraintsExtension.none()),
        List.of(),
        root.certificate());
  }

  private static CertificateAuthority root(String name, KeyMaterial key, int days) {
    return PlainCertificates.root(
        DistinguishedName.parse("CN=" + name), Validity.starting(NOW, Duration.ofDays(days)), key);
  }

  private static KeyMaterial key() {
    return KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
  }
}
