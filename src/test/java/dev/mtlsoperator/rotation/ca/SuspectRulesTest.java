package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
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
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is decided while it cannot be proven what has become of a generation; and how many are made.
 */
final class SuspectRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final RootCA ROOT = aRootCA();
  private static final List<CertificateAuthority> MADE =
      IntStream.range(0, 4)
          .mapToObj(i -> Issuance.rootCA(CertificateTemplate.of(ROOT), NOW))
          .toList();

  @ParameterizedTest
  @EnumSource(Suspect.Kind.class)
  void shouldDoNothingWhateverIsDue(Suspect.Kind kind) {
    // given: a successor would sign, another one would be made
    CaGeneration first = signing(1);
    CaFacts facts =
        facts(
            new CaGenerations(List.of(first), List.of(suspect(2, kind))),
            kind == Suspect.Kind.GONE ? none() : rotate("now"));

    for (Instant at : List.of(NOW, first.end().minusSeconds(1), first.end().plusSeconds(1))) {
      assertThat(CaJudgements.decide(facts, at))
          .isInstanceOfSatisfying(
              CaDecision.Refuse.class,
              refuse -> {
                assertThat(refuse.why().reason())
                    .isEqualTo(kind == Suspect.Kind.GONE ? Reason.CAKeyMissing : Reason.Tampered);
                assertThat(refuse.why().message()).contains("root-ca-2", "what was found");
              });
    }
    assertThat(facts.generations().signer()).isEmpty();
    assertThat(facts.generations().bundle()).isEmpty();
    assertThat(facts.generations().leaving()).isEmpty();
  }

  @Test
  void shouldLeaveEveryBundleAsItIs() {
    CaFacts facts =
        facts(
            new CaGenerations(List.of(signing(1)), List.of(suspect(2, Suspect.Kind.TAMPERED))),
            none());

    for (CaFacts.Bundle bundle : CaFacts.Bundle.values()) {
      assertThat(CaJudgements.decide(lying(facts, bundle), NOW))
          .isInstanceOf(CaDecision.Refuse.class);
    }
  }

  private static CaFacts lying(CaFacts facts, CaFacts.Bundle bundle) {
    return EditedFacts.of(
        facts,
        it -> it.bundle(bundle).distribution(new Distribution(List.of("a copy"), List.of())));
  }

  @Test
  void shouldMakeAnotherOneForOneThatIsLostOnlyWhenAsked() {
    CaGenerations generations =
        new CaGenerations(List.of(signing(1)), List.of(suspect(2, Suspect.Kind.GONE)));

    assertThat(CaJudgements.decide(facts(generations, rotate("now")), NOW))
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> {
              assertThat(create.number()).isEqualTo(10);
              assertThat(create.begins()).isEqualTo(CaDecision.Begins.AT_ONCE);
            });
  }

  @Test
  void shouldDistrustTheOneThatWasTamperedWith() {
    // given
    Suspect suspect = suspect(1, Suspect.Kind.TAMPERED);
    CaGenerations alone = new CaGenerations(List.of(), List.of(suspect));
    CaGenerations followed = new CaGenerations(List.of(signing(2)), List.of(suspect));
    CaRequests distrust = distrust(suspect.fingerprint());

    // then
    assertThat(CaJudgements.decide(facts(alone, distrust), NOW))
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> assertThat(create.distrusts()).contains(suspect.fingerprint()));
    assertThat(CaJudgements.decide(facts(followed, distrust), NOW))
        .isInstanceOfSatisfying(
            CaDecision.StartSigning.class,
            start -> {
              assertThat(start.number()).isEqualTo(2);
              assertThat(start.distrusts()).contains(suspect.fingerprint());
            });
  }

  @Test
  void shouldDistrustOneOfTwoThatWereTamperedWith() {
    Suspect former = suspect(1, Suspect.Kind.TAMPERED);
    Suspect signer = suspect(2, Suspect.Kind.TAMPERED);
    CaGenerations both = new CaGenerations(List.of(), List.of(former, signer));

    for (Suspect stolen : List.of(former, signer)) {
      Suspect other = stolen.equals(former) ? signer : former;
      CaRequests distrust = distrust(stolen.fingerprint());

      // then: it is remembered at once, whatever is to be said of the other one
      CaDecision.Distrust noted =
          (CaDecision.Distrust) CaJudgements.decide(facts(both, distrust), NOW);
      assertThat(noted.distrusts()).containsExactly(stolen.fingerprint());
      assertThat(noted.why().reason()).isEqualTo(Reason.Distrusted);
      assertThat(noted.why().message()).startsWith("generation " + stolen.number() + " leaves");
      assertThat(noted.others().reason()).isEqualTo(Reason.Tampered);
      assertThat(noted.others().message())
          .contains(other.secretName())
          .doesNotContain(stolen.secretName());

      // and from then on every bundle is rid of it, and stays as it is else
      CaGenerations remembered = both.remembering(new History(noted.distrusts(), 0, 2));
      assertThat(remembered.suspects()).containsExactly(other);
      assertThat(remembered.standing()).containsOnlyKeys(other.number());
      assertThat(remembered.banned()).containsExactly(stolen.fingerprint());
      CaFacts facts = facts(remembered, distrust);
      assertThat(CaJudgements.decide(lying(facts, Bundle.OUTDATED), NOW))
          .isInstanceOf(CaDecision.PublishTrust.class);
      assertThat(CaJudgements.decide(lying(facts, Bundle.CURRENT), NOW))
          .isInstanceOf(CaDecision.Distribute.class);
      assertThat(CaJudgements.decide(facts, NOW)).isEqualTo(new CaDecision.Refuse(noted.others()));
      assertThat(remembered.signer()).isEmpty();
      assertThat(remembered.leaving()).isEmpty();
    }
  }

  @Test
  void shouldDistrustOneAfterTheOtherOfAllThatWereTamperedWith() {
    Suspect former = suspect(1, Suspect.Kind.TAMPERED);
    Suspect signer = suspect(2, Suspect.Kind.TAMPERED);
    CaGenerations left =
        new CaGenerations(List.of(), List.of(former, signer))
            .remembering(new History(Set.of(signer.fingerprint()), 0, 2));
    CaFacts facts = facts(left, distrust(former.fingerprint()));

    // then: the first word stays, and another one signs at once
    CaDecision.Create create = (CaDecision.Create) CaJudgements.decide(facts, NOW);
    assertThat(create.begins()).isEqualTo(CaDecision.Begins.AT_ONCE);
    GenerationMilestones noted = FirstMilestones.of(create, facts, generation(3).path(), NOW);
    assertThat(noted.distrusts())
        .containsExactlyInAnyOrder(former.fingerprint(), signer.fingerprint());

    // and where none can be made, they leave all the same; as soon as one can be, it is
    CaDecision.Distrust remembered = (CaDecision.Distrust) CaJudgements.decide(wrong(facts), NOW);
    assertThat(remembered.distrusts()).isEqualTo(noted.distrusts());
    CaGenerations gone = left.remembering(new History(remembered.distrusts(), 0, 2));
    CaFacts nobody = facts(gone, distrust(former.fingerprint()));
    assertThat(gone.standing()).isEmpty();
    assertThat(CaJudgements.decide(lying(wrong(nobody), Bundle.OUTDATED), NOW))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaJudgements.decide(wrong(nobody), NOW)).isInstanceOf(CaDecision.Refuse.class);
    assertThat(CaJudgements.decide(nobody, NOW)).isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldDistrustAProvenOneBesideOneThatWasTamperedWith() {
    CaGeneration stolen = signing(1);
    Suspect other = suspect(2, Suspect.Kind.TAMPERED);
    CaGenerations generations = new CaGenerations(List.of(stolen), List.of(other));

    assertThat(CaJudgements.decide(facts(generations, distrust(stolen.fingerprint())), NOW))
        .isInstanceOfSatisfying(
            CaDecision.Distrust.class,
            noted -> assertThat(noted.distrusts()).containsExactly(stolen.fingerprint()));
    // one that no generation has is nobody's
    assertThat(CaJudgements.decide(facts(generations, distrust(generation(3).fingerprint())), NOW))
        .isInstanceOf(CaDecision.Refuse.class);
  }

  private static CaFacts wrong(CaFacts facts) {
    return EditedFacts.of(
        facts,
        it -> it.desired(new DesiredCertificate.Invalid(new Finding(Reason.InvalidSpec, "wrong"))));
  }

  @Test
  void shouldAskNobodyWhatWasNotedOnOneThatHasLeft() {
    Suspect suspect = suspect(1, Suspect.Kind.TAMPERED);
    CaGeneration retiring = noting(2, it -> it.signingSince(NOW).retires(1));
    CaGeneration distrusting =
        noting(2, it -> it.signingSince(NOW).distrusts(Set.of(suspect.fingerprint())));

    for (CaGeneration signer : List.of(retiring, distrusting)) {
      CaGenerations generations = new CaGenerations(List.of(signer), List.of(suspect));
      assertThat(generations.isProven()).isTrue();
      assertThat(generations.signer()).contains(signer);
      assertThat(generations.trusted()).containsExactly(signer);
      assertThat(generations.leaving()).extracting(CaGeneration::number).containsExactly(1);
      assertThat(CaJudgements.decide(facts(generations, none()), NOW))
          .isEqualTo(
              new CaDecision.Delete(
                  1,
                  new Finding(
                      Reason.Retired,
                      "generation 1 is in no trust bundle any more; its Secret and key are deleted")));
    }
  }

  @Test
  void shouldRememberWhoIsDistrustedAndWhoHasLeftWhateverBecomesOfTheSecrets() {
    // given: what only the one that is lost had noted
    Fingerprint stolen = generation(2).fingerprint();
    History history = new History(Set.of(stolen), 1, 3);
    for (Suspect.Kind kind : List.of(Suspect.Kind.GONE, Suspect.Kind.TAMPERED)) {
      CaGenerations generations =
          new CaGenerations(
                  List.of(signing(1)), List.of(suspect(2, Suspect.Kind.RETURNED), suspect(3, kind)))
              .remembering(history);

      // then: only the lost one is in the way, and only that is named
      assertThat(generations.suspects()).extracting(Suspect::number).containsExactly(3);
      assertThat(generations.distrusted()).containsExactly(stolen);
      assertThat(generations.toRemember()).isEqualTo(history);
      assertThat(CaJudgements.decide(facts(generations, none()), NOW))
          .isInstanceOfSatisfying(
              CaDecision.Refuse.class,
              refuse -> assertThat(refuse.why().message()).doesNotContain(stolen.text()));
    }
    // and whoever follows knows it all
    CaGenerations lost =
        new CaGenerations(List.of(signing(1)), List.of(suspect(3, Suspect.Kind.GONE)))
            .remembering(history);
    CaFacts facts = facts(lost, rotate("now"));
    CaDecision.Create create = (CaDecision.Create) CaJudgements.decide(facts, NOW);
    GenerationMilestones noted = FirstMilestones.of(create, facts, generation(4).path(), NOW);
    assertThat(noted.distrusts()).containsExactly(stolen);
    assertThat(noted.retires()).isEqualTo(1);
  }

  @Test
  void shouldLetNobodyVouchForWhatSomebodyPutBack() {
    Suspect returned = suspect(2, Suspect.Kind.RETURNED);
    Suspect tampered = suspect(3, Suspect.Kind.TAMPERED);

    assertThat(
            refusal(new CaGenerations(List.of(signing(1)), List.of(returned, tampered)))
                .why()
                .message())
        .contains("adopt=" + tampered.fingerprint());
    assertThat(refusal(new CaGenerations(List.of(signing(1)), List.of(returned))).why().message())
        .contains("Delete what was put back")
        .doesNotContain("adopt=");
  }

  private static CaDecision.Refuse refusal(CaGenerations generations) {
    return (CaDecision.Refuse) CaJudgements.decide(facts(generations, none()), NOW);
  }

  @Test
  void shouldHandOnWhoHasLeft() {
    // given: 2 let 1 leave, and is condemned itself
    CaGeneration second = noting(2, it -> it.signingSince(NOW).retires(1));
    CaGeneration third = noting(3, it -> it.distributedAt(NOW));
    CaFacts facts =
        facts(
            new CaGenerations(List.of(signing(1), second, third)), distrust(second.fingerprint()));

    // then: who takes over, or is condemned itself, knows it
    CaDecision.StartSigning start = (CaDecision.StartSigning) CaJudgements.decide(facts, NOW);
    assertThat(start.number()).isEqualTo(3);
    assertThat(third.milestones().with(it -> start.note(it, facts, NOW)).retires()).isEqualTo(1);
    CaDecision.Condemn condemn = new CaDecision.Condemn(3, third.fingerprint(), start.why());
    assertThat(third.milestones().with(it -> condemn.note(it, facts, NOW)).retires()).isEqualTo(1);
  }

  @Test
  void shouldDistrustTheOneThatWasTamperedWithThoughTheSpecIsWrong() {
    Suspect suspect = suspect(3, Suspect.Kind.TAMPERED);
    CaFacts facts =
        facts(
            new CaGenerations(List.of(signing(2)), List.of(suspect)),
            distrust(suspect.fingerprint()));

    assertThat(CaJudgements.decide(wrong(facts), NOW))
        .isInstanceOfSatisfying(
            CaDecision.StartSigning.class,
            start -> {
              assertThat(start.number()).isEqualTo(2);
              assertThat(start.distrusts()).contains(suspect.fingerprint());
            });
  }

  @Test
  void shouldMakeNoMoreThanSixteenWhoeverAsks() {
    // given
    List<CaGeneration> all = new ArrayList<>();
    IntStream.rangeClosed(1, 16).forEach(n -> all.add(signing(n)));
    CaGenerations full = new CaGenerations(all);
    Instant due = RotationPlan.of(ROOT).successorDue(all.get(15), Duration.ZERO);

    // then: neither what is due, nor what somebody asks for
    assertThat(CaJudgements.decide(facts(full, none()), due))
        .isNotInstanceOf(CaDecision.Create.class);
    assertThat(CaJudgements.decide(facts(full, rotate("now")), NOW))
        .isNotInstanceOf(CaDecision.Create.class);
    assertThat(CaJudgements.progress(facts(full, none()), NOW).orElseThrow().blockedBy())
        .anyMatch(why -> why.contains("there are 16 generations"));
    // but who ends gets a successor
    assertThat(CaJudgements.decide(facts(full, none()), all.get(15).end()))
        .isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldMakeNoneInNoTimeForOneThatSomebodyDeleted() {
    // given: whatever one is made for, the last one was made a moment ago, and is gone
    CaGeneration first = signing(1);
    Instant due = RotationPlan.of(ROOT).successorDue(first, Duration.ZERO);
    RootCA renamed = aRootCA(it -> it.commonName("renamed"));
    CaRequests honoured =
        new CaRequests(Optional.of("now"), Optional.of("now"), Optional.empty(), Optional.empty());
    CaGenerations alone = new CaGenerations(List.of(first));
    List<CaFacts> wanting =
        List.of(
            facts(alone, none()),
            EditedFacts.of(facts(alone, none()), it -> it.desired(RootCAFixture.desired(renamed))),
            facts(alone, honoured));
    for (CaFacts facts : wanting) {
      CaFacts gone = remembering(facts, 2, due);

      // then
      assertThat(CaJudgements.decide(facts, due)).isInstanceOf(CaDecision.Create.class);
      Instant until = due.plus(Duration.ofMinutes(1));
      assertThat(CaJudgements.pausedUntil(gone, due)).contains(until);
      assertThat(CaJudgements.decide(gone, until.minusSeconds(1)))
          .isNotInstanceOf(CaDecision.Create.class);
      assertThat(CaJudgements.decide(gone, until)).isInstanceOf(CaDecision.Create.class);
      // one that is there still is no reason to wait, nor one that a wrong clock made
      assertThat(CaJudgements.pausedUntil(remembering(facts, 1, due), due)).isEmpty();
      assertThat(CaJudgements.decide(remembering(facts, 2, due.plus(Duration.ofDays(1))), due))
          .isInstanceOf(CaDecision.Create.class);
    }
    // and a person who asks for one does not wait
    assertThat(CaJudgements.decide(remembering(facts(alone, rotate("now")), 2, NOW), NOW))
        .isInstanceOf(CaDecision.Create.class);
    assertThat(
            CaJudgements.decide(
                remembering(facts(alone, distrust(first.fingerprint())), 2, NOW), NOW))
        .isInstanceOf(CaDecision.Create.class);
  }

  private static CaFacts remembering(CaFacts facts, int number, Instant at) {
    return EditedFacts.of(
        facts,
        it ->
            it.generations(
                facts
                    .generations()
                    .remembering(
                        new History(
                            Set.of(), 0, 2, Optional.of(new History.Created(number, at))))));
  }

  @Test
  void shouldMakeNoneBesideTooManyThatWereStrippedOfTheirSeal() {
    CaGenerations generations = new CaGenerations(List.of(signing(1)));

    assertThat(CaJudgements.decide(facts(generations, rotate("now"), 99), NOW))
        .isInstanceOf(CaDecision.Create.class);
    assertThat(CaJudgements.decide(facts(generations, rotate("now"), 100), NOW))
        .isNotInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldNotWaitForWhoeverChangesACopyAgainAndAgain() {
    // given: all have held the successor for long, and one copy says that it was changed just now
    Duration overlap = RotationPlan.of(ROOT).overlap();
    CaGeneration next = noting(2, it -> it.distributedAt(NOW));
    CaFacts facts = facts(new CaGenerations(List.of(signing(1), next)), none());

    // then: the overlap once more, and no longer
    Instant last = NOW.plus(overlap.multipliedBy(2)).plusSeconds(1);
    assertThat(CaJudgements.decide(changed(facts, last.minusSeconds(2)), last.minusSeconds(1)))
        .isNotInstanceOf(CaDecision.StartSigning.class);
    assertThat(CaJudgements.decide(changed(facts, last.minusSeconds(1)), last))
        .isInstanceOfSatisfying(
            CaDecision.StartSigning.class,
            start -> assertThat(start.trust()).isEqualTo(CaDecision.Completeness.COMPLETE));
  }

  private static CaFacts changed(CaFacts facts, Instant at) {
    DistributionState.Copy copy =
        new DistributionState.Copy(
            "ConfigMap 'root-trust'",
            Set.of(1, 2),
            Optional.of(at),
            false,
            java.util.OptionalInt.empty(),
            Optional.empty());
    return EditedFacts.of(
        facts,
        it ->
            it.copies(
                new DistributionState(
                    DistributionState.Evidence.FRESH, List.of(copy), List.of(), Duration.ZERO)));
  }

  @Property(tries = 2_000)
  void shouldMakeNoneByItselfTooSoonAfterAnother(
      @ForAll("distrusting") List<CaGeneration> generations,
      @ForAll @IntRange(min = -4_000, max = 8_000) int days) {
    Instant now = NOW.plus(Duration.ofDays(days));

    CaDecision decision = CaJudgements.decide(facts(new CaGenerations(generations), none()), now);

    if (decision instanceof CaDecision.Create create) {
      assertThat(create.why().reason()).isIn(Reason.RenewalDue, Reason.CAExpired);
      assertThat(new CaGenerations(generations).trusted())
          .allMatch(
              g ->
                  g.isExpired(now)
                      || !now.isBefore(
                          g.made().plus(Duration.between(g.made(), g.end()).dividedBy(10))));
    }
  }

  @Provide
  static Arbitrary<List<CaGeneration>> distrusting() {
    Arbitrary<Optional<Instant>> time =
        Arbitraries.integers()
            .between(-4_000, 4_000)
            .map(days -> NOW.plus(Duration.ofDays(days)))
            .optional();
    Arbitrary<GenerationMilestones> milestones =
        Combinators.combine(
                time,
                time,
                time,
                time,
                Arbitraries.of(Reissue.class),
                Arbitraries.subsetOf(
                    MADE.stream().map(ca -> Fingerprint.of(ca.certificate())).toList()),
                Arbitraries.of(0, 0, 0, 1, 2, 999_999_999))
            .as(
                (distributed, signing, unused, last, reissue, distrusts, retires) ->
                    new GenerationMilestones(
                        distributed,
                        signing,
                        unused,
                        last,
                        reissue,
                        Optional.empty(),
                        distrusts,
                        retires));
    return milestones
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(
            all ->
                IntStream.range(0, all.size())
                    .mapToObj(i -> generation(i + 1).withMilestones(all.get(i)))
                    .toList());
  }

  private static Suspect suspect(int number, Suspect.Kind kind) {
    CaGeneration generation = generation(number);
    return new Suspect(
        number,
        generation.fingerprint(),
        kind == Suspect.Kind.GONE ? Optional.empty() : Optional.of(generation),
        "root-ca-" + number,
        kind,
        "what was found");
  }

  private static CaGeneration generation(int number) {
    return new CaGeneration(
        number,
        MADE.get((number - 1) % MADE.size()).certificate(),
        Optional.empty(),
        GenerationMilestones.none());
  }

  private static CaGeneration signing(int number) {
    return noting(number, it -> it.signingSince(NOW));
  }

  private static CaGeneration noting(
      int number, java.util.function.UnaryOperator<GenerationMilestones.Edit> what) {
    return generation(number).withMilestones(GenerationMilestones.none().with(what));
  }

  private static CaRequests none() {
    return CaRequests.none();
  }

  private static CaRequests rotate(String value) {
    return new CaRequests(Optional.of(value), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static CaRequests distrust(Fingerprint fingerprint) {
    return new CaRequests(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(fingerprint));
  }

  private static CaFacts facts(CaGenerations generations, CaRequests requests) {
    return facts(generations, requests, 0);
  }

  private static CaFacts facts(CaGenerations generations, CaRequests requests, int unsealed) {
    return new CaFacts(
        RootCAFixture.desired(ROOT),
        RotationPlan.of(ROOT),
        requests,
        generations,
        unsealed,
        9,
        List.of(),
        Optional.empty(),
        true,
        Bundle.CURRENT,
        Distribution.none(),
        new DistributionState(
            DistributionState.Evidence.FRESH, List.of(), List.of(), Duration.ZERO),
        List.of(),
        RevocationFacts.off());
  }
}
