package dev.mtlsoperator.rotation.simulation;

import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static dev.mtlsoperator.rotation.leaf.ManagedSecretFixture.aManagedSecret;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.ClockWatch;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaRequests;
import dev.mtlsoperator.rotation.ca.CaRules;
import dev.mtlsoperator.rotation.ca.Distribution;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.ca.FirstMilestones;
import dev.mtlsoperator.rotation.ca.Phase;
import dev.mtlsoperator.rotation.ca.RotationPlan;
import dev.mtlsoperator.rotation.ca.RotationProgress;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.generation.LastLeafExpiry;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.LeafCrls;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRevocation;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Simulates a CA, its leaves and its relying parties without Kubernetes: decisions are carried out
 * on values. Time advances from one moment at which something can happen to the next. At each
 * moment, every handshake between any two peers is tried and every invariant is checked; violations
 * are added to {@link #failures()}.
 */
public final class RotationSimulator {
  private static final String TRUST = "the trust ConfigMap";
  private static final int MOST_DECISIONS = 60;
  private static final Duration NEVER = Duration.ofDays(40_000);
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** The longest interval between two checks of everything, by a clock that does not jump. */
  private static final Duration FAIL_SAFE = Duration.ofHours(1);

  /** The interval while safety checks fail. */
  private static final Duration DOUBTFUL = Duration.ofSeconds(30);

  private final CaFactory workshop;
  private RootCA ca;
  private DesiredCertificate desired;
  private CaRequests requests = CaRequests.none();
  private Instant now;
  private Duration elapsed = Duration.ZERO;
  private final Duration glance;
  private final Duration slowGlance;
  private final Map<Integer, CaGeneration> generations = new HashMap<>();
  private final Map<String, Leaf> leaves = new TreeMap<>();
  private final Map<String, Content> contents = new TreeMap<>();
  private final Set<String> stuck = new HashSet<>();
  private final SimulatedPeers parties;
  private final SimulatedExemptions excuses;
  private Set<Mutation> mutations = Set.of();
  private int highestEver;
  private Instant caLook;
  private final ClockWatch clocks = new ClockWatch();
  private final List<CaGeneration> deleted = new ArrayList<>();
  private CaGenerations known = CaGenerations.none();
  private History remembered = History.none();

  /** What {@link #generations} returned last, until a generation, the history or time changes. */
  private @Nullable CaGenerations seen;

  private Instant seenAt;
  private final List<String> failures = new ArrayList<>();
  private final List<CaDecision> history = new ArrayList<>();
  private int leafWrites;
  private int rests;

  public RotationSimulator(RootCA ca, Instant now) {
    this(ca, now, Duration.ofHours(1), Duration.ofHours(1));
  }

  /**
   * @param glance how often the CA checks objects that it gets no events for
   * @param slowGlance the same while certificates migrate at their own renewals
   */
  public RotationSimulator(RootCA ca, Instant now, Duration glance, Duration slowGlance) {
    this(ca, new UnsignedCaFactory(), now, glance, slowGlance);
  }

  public RotationSimulator(
      RootCA ca, CaFactory workshop, Instant now, Duration glance, Duration slowGlance) {
    this.workshop = workshop;
    this.ca = ca;
    this.desired = DesiredCertificate.of(ca, workshop::imported);
    this.now = now;
    this.caLook = now;
    this.seenAt = now;
    this.glance = glance.truncatedTo(ChronoUnit.SECONDS);
    this.slowGlance = slowGlance.truncatedTo(ChronoUnit.SECONDS);
    Duration overlap = RotationPlan.of(ca).overlap();
    this.parties = new SimulatedPeers(workshop, overlap);
    this.excuses = new SimulatedExemptions(overlap);
  }

  /** A deliberate error in the order of the phases. */
  public enum Mutation {
    /** The successor signs as soon as it exists. */
    SIGN_AT_ONCE,
    /** It signs as soon as it is published, without waiting for slow readers. */
    SIGN_WITHOUT_OVERLAP,
    /** The last generation leaves as soon as another one signs. */
    RETIRE_AT_ONCE,
    /** It leaves as soon as the last certificate is replaced, without waiting for slow readers. */
    RETIRE_WITHOUT_OVERLAP,
    /**
     * Leaves learn of a new generation only at their renewal, and the rotation does not wait for
     * that.
     */
    FORGET_LEAVES
  }

  private static final class Leaf {
    private final ServerCert resource;
    private final DesiredCertificate desired;
    private final Duration life;
    private final Duration reaction;
    private Instant look;

    Leaf(ServerCert resource, Duration reaction, Instant look) {
      this.resource = resource;
      this.desired = DesiredCertificate.of(resource);
      this.life = Durations.parse(resource.getSpec().duration());
      this.reaction = reaction;
      this.look = look;
    }
  }

  /**
   * The content of a Secret or of the ConfigMap.
   *
   * @param pem the trust bundle as a file
   * @param signedBy number of the generation that signed the certificate
   */
  private record Content(
      List<X509Certificate> trust,
      String pem,
      @Nullable X509Certificate certificate,
      int signedBy,
      Optional<Instant> trustSince) {}

  // what happens in it

  public RotationSimulator leaf(String name, String duration) {
    return leaf(name, duration, Duration.ZERO);
  }

  /**
   * Adds a leaf.
   *
   * @param reaction how long after a change of its CA the leaf is reconciled
   */
  public RotationSimulator leaf(String name, String duration, Duration reaction) {
    leaves.put(
        name,
        new Leaf(
            aServerCert(it -> it.name(name).dnsNames(name + ".example.org").duration(duration)),
            reaction,
            now));
    return this;
  }

  void remove(String name) {
    leaves.remove(name);
    stuck.remove(name);
    contents.remove(name);
    parties.removed(name, elapsed);
  }

  public void edit(UnaryOperator<RootCA> change) {
    ca = change.apply(ca);
    desired = DesiredCertificate.of(ca, workshop::imported);
    caLook = now;
  }

  public void rotate(String value) {
    request(
        new CaRequests(
            Optional.of(value),
            requests.rotateReported(),
            requests.advance(),
            requests.distrust()));
  }

  public void advance(Fingerprint generation) {
    request(
        new CaRequests(
            requests.rotate(),
            requests.rotateReported(),
            Optional.of(generation),
            requests.distrust()));
  }

  public void distrust(Fingerprint generation) {
    request(
        new CaRequests(
            requests.rotate(),
            requests.rotateReported(),
            requests.advance(),
            Optional.of(generation)));
  }

  private void request(CaRequests wanted) {
    requests = wanted;
    caLook = now;
  }

  /** Blocks all writes for that leaf until it is released. */
  public void stick(String leaf) {
    if (leaves.containsKey(leaf)) {
      stuck.add(leaf);
    }
  }

  public void release() {
    stuck.forEach(leaf -> Objects.requireNonNull(leaves.get(leaf)).look = now);
    stuck.clear();
  }

  public void mutate(Mutation... all) {
    mutations = Set.of(all);
  }

  /** Lets time pass while the operator is down. */
  public void pass(Duration time) {
    live(time, false);
  }

  /** Lets time pass. */
  public RotationSimulator run(Duration time) {
    live(time, true);
    return this;
  }

  /** Sets all clocks forward or back; readers do not become faster by it. */
  public void jump(Duration by) {
    Instant before = now;
    List<CaGeneration> trusted = generations().trusted();
    now = now.plus(by).truncatedTo(ChronoUnit.SECONDS);
    // delays are measured by a clock that does not jump
    Instant latest = now.plus(FAIL_SAFE);
    caLook = caLook.isAfter(latest) ? latest : caLook;
    leaves.values().forEach(leaf -> leaf.look = leaf.look.isAfter(latest) ? latest : leaf.look);
    if (by.isNegative()) {
      excuses.setBack(before, now, elapsed);
      generations()
          .signer()
          .filter(again -> !trusted.contains(again))
          .ifPresent(again -> excuses.hurried(again.path()));
    } else {
      excuses.jumped(elapsed);
    }
  }

  private void live(Duration time, boolean operating) {
    Duration end = elapsed.plus(time).truncatedTo(ChronoUnit.SECONDS);
    while (true) {
      connect();
      if (operating) {
        look();
        connect();
      }
      if (elapsed.compareTo(end) >= 0) {
        return;
      }
      Duration next = parties.nextReading(elapsed).orElse(end);
      if (operating) {
        next = earlier(next, elapsed.plus(Duration.between(now, nextLook())));
      }
      next = earlier(next, end);
      Duration step = next.minus(elapsed);
      step = step.compareTo(SHORTEST) < 0 ? SHORTEST : step;
      now = now.plus(step);
      elapsed = elapsed.plus(step);
    }
  }

  private Instant nextLook() {
    Instant next = caLook;
    for (Map.Entry<String, Leaf> leaf : leaves.entrySet()) {
      if (!stuck.contains(leaf.getKey()) && leaf.getValue().look.isBefore(next)) {
        next = leaf.getValue().look;
      }
    }
    return next;
  }

  private static Duration earlier(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Reconciles everything until nothing is left to do. */
  public RotationSimulator operate() {
    for (int round = 0; round < 3; round++) {
      lookAtCA();
      leaves.keySet().stream().filter(leaf -> !stuck.contains(leaf)).forEach(this::lookAtLeaf);
    }
    return this;
  }

  // reconciles what is due
  private void look() {
    if (!now.isBefore(caLook)) {
      lookAtCA();
    }
    for (Map.Entry<String, Leaf> leaf : leaves.entrySet()) {
      if (!stuck.contains(leaf.getKey()) && !now.isBefore(leaf.getValue().look)) {
        lookAtLeaf(leaf.getKey());
      }
    }
  }

  // the API server's clock follows the operator's
  private SafetyChecks safety() {
    return SafetyChecks.of(
        now, Optional.of(now), clocks.look(now, elapsed.toNanos()), SafetyChecks.CacheSync.IN_SYNC);
  }

  /** Whose keys are deleted. */
  List<CaGeneration> deleted() {
    return deleted;
  }

  private void lookAtCA() {
    SafetyChecks safety = safety();
    for (int step = 0; step < MOST_DECISIONS; step++) {
      CaFacts facts = facts();
      Phase phase = Phase.of(facts, now);
      CaDecision decision = CaRules.decide(facts, phase, safety, now);
      if (decision instanceof CaDecision.Hold) {
        caLook = now.plus(DOUBTFUL);
        tellLeaves();
        return;
      }
      if (decision instanceof CaDecision.Keep || decision instanceof CaDecision.Refuse) {
        rest(facts, phase.progress());
        sabotage();
        tellLeaves();
        return;
      }
      history.add(decision);
      carryOut(decision);
    }
    throw new AssertionError("no rest: " + history.subList(history.size() - 10, history.size()));
  }

  private void rest(CaFacts facts, Optional<RotationProgress> progress) {
    boolean stable = progress.filter(p -> p.phase() == RotationPhase.Stable).isPresent();
    rests += stable && facts.generations().trusted().size() == 1 ? 1 : 0;
    boolean valid = facts.desired() instanceof DesiredCertificate.Valid;
    Optional<CaGeneration> signer = facts.signer();
    // a generation that becomes valid in a moment is waited for
    boolean awaited = facts.generations().trusted().stream().anyMatch(g -> !g.isBegun(now));
    if (valid && signer.filter(g -> !g.isExpired(now)).isEmpty() && !awaited) {
      failures.add(now + ": nobody signs");
    }
    if (facts.generations().trusted().stream()
            .filter(g -> g.number() > signer.map(CaGeneration::number).orElse(0))
            .filter(g -> !facts.generations().isAstray(g))
            .count()
        > 1) {
      failures.add(now + ": two new generations at a time");
    }
    if (facts.generations().trusted().stream()
        .anyMatch(g -> facts.generations().distrusted().contains(g.fingerprint()))) {
      failures.add(now + ": a distrusted generation is trusted");
    }
    boolean slow =
        progress.filter(p -> p.phase() != RotationPhase.Distributing).isPresent()
            && signer.filter(RotationSimulator::movesAtOnce).isEmpty();
    Instant glancing = now.plus(stable ? NEVER : slow ? slowGlance : glance);
    Instant deadline =
        progress.flatMap(RotationProgress::deadline).filter(glancing::isAfter).orElse(glancing);
    if (valid && !deadline.isAfter(now) && safety().untried().isZero() && !awaited) {
      failures.add(now + ": restless in " + progress.orElseThrow());
    }
    caLook =
        signer.isEmpty() ? now.plus(DOUBTFUL) : deadline.isAfter(now) ? deadline : now.plus(glance);
  }

  private void tellLeaves() {
    CaGenerations generations = generations();
    if (!generations.bundle().equals(known.bundle())
        || !generations.signer().equals(known.signer())
        || generations.retired() != known.retired()) {
      known = generations;
      leaves
          .values()
          .forEach(
              leaf -> {
                Instant turn = now.plus(leaf.reaction);
                leaf.look = turn.isBefore(leaf.look) ? turn : leaf.look;
              });
    }
  }

  // what the rules would not do yet
  private void sabotage() {
    CaGenerations generations = generations();
    Finding why = new Finding(Reason.Migrating, "sabotage");
    generations
        .successor()
        .filter(
            g ->
                mutations.contains(Mutation.SIGN_AT_ONCE)
                    || (mutations.contains(Mutation.SIGN_WITHOUT_OVERLAP)
                        && g.milestones().distributedAt().isPresent()))
        .ifPresent(
            g ->
                carryOut(
                    new CaDecision.StartSigning(
                        g.number(), Optional.empty(), CaDecision.Completeness.COMPLETE, why)));
    generations.former().stream()
        .filter(
            g ->
                mutations.contains(Mutation.RETIRE_AT_ONCE)
                    || (mutations.contains(Mutation.RETIRE_WITHOUT_OVERLAP)
                        && g.milestones().unusedSince().isPresent()))
        .forEach(g -> carryOut(new CaDecision.Retire(g.number(), why)));
    if (!generations().bundle().equals(generations.bundle())) {
      write(TRUST, generations().bundle(), null, 0);
    }
  }

  public CaFacts facts() {
    CaGenerations generations = generations();
    return new CaFacts(
        desired,
        desired instanceof DesiredCertificate.Invalid
            ? RotationPlan.cautious(ca)
            : RotationPlan.of(ca),
        requests,
        generations,
        0,
        highestEver,
        List.of(),
        Optional.empty(),
        true,
        Optional.ofNullable(contents.get(TRUST))
                .map(Content::trust)
                .equals(Optional.of(generations.bundle()))
            ? CaFacts.Bundle.CURRENT
            : CaFacts.Bundle.OUTDATED,
        Distribution.none(),
        copies(generations),
        List.of(),
        RevocationFacts.off());
  }

  private DistributionState copies(CaGenerations generations) {
    List<DistributionState.Copy> copies = new ArrayList<>();
    List<X509Certificate> bundle = generations.bundle();
    contents.forEach(
        (name, content) -> {
          if (name.equals(TRUST) || !mutations.contains(Mutation.FORGET_LEAVES)) {
            copies.add(copy(name, content, generations, bundle));
          }
        });
    Duration longest =
        leaves.values().stream()
            .map(leaf -> leaf.life)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    return new DistributionState(DistributionState.Evidence.FRESH, copies, List.of(), longest);
  }

  private static DistributionState.Copy copy(
      String name, Content content, CaGenerations generations, List<X509Certificate> bundle) {
    Set<Integer> holds = new HashSet<>();
    for (CaGeneration generation : generations.generations()) {
      if (content.trust().contains(generation.anchor())) {
        holds.add(generation.number());
      }
    }
    X509Certificate certificate = content.certificate();
    OptionalInt signedBy = signedBy(content, generations);
    return new DistributionState.Copy(
        name,
        holds,
        content.trustSince(),
        !bundle.containsAll(content.trust()),
        signedBy,
        certificate == null
            ? Optional.empty()
            : Optional.of(certificate.getNotAfter().toInstant()));
  }

  private static OptionalInt signedBy(Content content, CaGenerations generations) {
    return Optional.ofNullable(content.certificate())
        .flatMap(certificate -> generations.issuer(certificate, content.signedBy()))
        .stream()
        .mapToInt(CaGeneration::number)
        .findFirst();
  }

  private void carryOut(CaDecision decision) {
    if (decision instanceof CaDecision.Create create) {
      create(create);
    } else if (decision instanceof CaDecision.Withdraw withdraw) {
      delete(withdraw.number());
    } else if (decision instanceof CaDecision.Delete delete) {
      delete(delete.number());
    } else if (decision instanceof CaDecision.Note note) {
      if (decision instanceof CaDecision.StartSigning start) {
        excuse(start);
      } else if (decision instanceof CaDecision.Condemn condemn) {
        // no other generation can sign: certificates that it signed stay, and are refused
        excuse(Optional.of(condemn.distrusts()));
      }
      CaFacts facts = facts();
      latch(note.on(facts), l -> note.note(l, facts, now));
    } else if (decision instanceof CaDecision.PublishTrust) {
      write(TRUST, generations().bundle(), null, 0);
    } else {
      throw new AssertionError("unexpected: " + decision);
    }
  }

  private void excuse(CaDecision.StartSigning start) {
    excuse(start.distrusts());
    if (start.trust() == CaDecision.Completeness.INCOMPLETE) {
      excuses.hurried(generation(start.number()).path());
    }
  }

  private void excuse(Optional<Fingerprint> distrusted) {
    generations().generations().stream()
        .filter(g -> distrusted.filter(g.fingerprint()::equals).isPresent())
        .forEach(g -> excuses.distrusted(g.path()));
  }

  private void create(CaDecision.Create create) {
    if (create.number() <= highestEver) {
      failures.add(now + ": number " + create.number() + " is used twice");
    }
    CaFacts facts = facts();
    highestEver = create.number();
    CaPath path = workshop.generation(desired, now);
    excuse(create.distrusts());
    if (create.begins() == CaDecision.Begins.AT_ONCE) {
      excuses.hurried(path);
    }
    seen = null;
    generations.put(
        create.number(),
        new CaGeneration(
            create.number(),
            path,
            Optional.empty(),
            desired.source(),
            FirstMilestones.of(create, facts, path, now)));
  }

  // with its key
  private void delete(int number) {
    CaGeneration generation = generation(number);
    deleted.add(generation);
    // a CA that is imported again occurs twice
    boolean isLast =
        generations.values().stream()
                .filter(other -> other.path().equals(generation.path()))
                .count()
            == 1;
    if (isLast
        && !excuses.isDistrusted(generation.path())
        && parties.uses(generation.path(), elapsed, now)
        && !excuses.jumpedLately(elapsed)) {
      failures.add(now + ": the key of generation " + number + " is deleted while it is in use");
    }
    seen = null;
    generations.remove(number);
  }

  private CaGeneration generation(int number) {
    return Objects.requireNonNull(generations.get(number));
  }

  private void latch(int number, UnaryOperator<GenerationMilestones.Edit> change) {
    seen = null;
    generations.computeIfPresent(number, (n, g) -> g.withMilestones(g.milestones().with(change)));
  }

  private void lookAtLeaf(String name) {
    Leaf leaf = Objects.requireNonNull(leaves.get(name));
    CaGenerations generations = generations();
    Optional<CaGeneration> signing = generations.signer().filter(g -> !g.isExpired(now));
    if (signing.isEmpty()) {
      leaf.look = now.plus(glance);
      return;
    }
    CaGeneration signer = signing.get();
    SafetyChecks safety = safety();
    for (int step = 0; step < 3; step++) {
      LeafDecision decision = LeafRules.decide(facts(leaf, generations, signer), safety, now);
      if (decision instanceof LeafDecision.Issue) {
        if (now.isBefore(signer.made())) {
          // clocks were set back: refused, and retried
          leaf.look = now.plus(glance);
          return;
        }
        issue(name, leaf, generations, signer);
      } else if (decision instanceof LeafDecision.Retrust) {
        if (mutations.contains(Mutation.FORGET_LEAVES)) {
          leaf.look = facts(leaf, generations, signer).renewalTime().orElseThrow();
          return;
        }
        Content held = Objects.requireNonNull(contents.get(name));
        write(name, generations.bundle(), held.certificate(), held.signedBy());
      } else if (decision instanceof LeafDecision.Keep keep) {
        leaf.look = keep.renewalTime();
        return;
      } else if (decision instanceof LeafDecision.Blocked
          || decision instanceof LeafDecision.Pause) {
        leaf.look = now.plus(DOUBTFUL);
        return;
      } else {
        throw new AssertionError("unexpected: " + decision);
      }
    }
    throw new AssertionError("no rest for " + name);
  }

  private LeafFacts facts(Leaf leaf, CaGenerations generations, CaGeneration signer) {
    List<X509Certificate> bundle = generations.bundle();
    Optional<Content> held =
        Optional.ofNullable(contents.get(leaf.resource.getMetadata().getName()));
    return new LeafFacts(
        leaf.resource.getMetadata().getUid(),
        leaf.desired,
        new Signer.Available(signer, generations.trusted(), bundle, Optional.empty()),
        held.<SecretState>map(
                content ->
                    aManagedSecret(
                        it ->
                            it.certificate(content.certificate())
                                .caGeneration(content.signedBy())
                                .trust(content.pem())))
            .orElseGet(SecretState.Absent::new),
        IssuancePolicy.none(),
        new Trust(bundle, signer.milestones().reissue()),
        "layout",
        Optional.empty(),
        null,
        1,
        Optional.empty(),
        Optional.empty(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  private void issue(String name, Leaf leaf, CaGenerations generations, CaGeneration signer) {
    X509Certificate certificate =
        workshop.leaf(((DesiredCertificate.Valid) leaf.desired).template(), now, signer);
    LastLeafExpiry.beyond(signer.milestones().lastLeafNotAfter(), certificate, signer.path())
        .ifPresent(end -> latch(signer.number(), l -> l.lastLeafNotAfter(end)));
    if (certificate.getNotAfter().toInstant().isAfter(signer.end())) {
      failures.add(now + ": " + name + " outlives its issuer");
    }
    write(name, generations.bundle(), certificate, signer.number());
  }

  private void write(
      String name,
      List<X509Certificate> bundle,
      @Nullable X509Certificate certificate,
      int signedBy) {
    Content before = contents.get(name);
    Optional<Instant> trustSince =
        before == null
            ? Optional.empty()
            : before.trust().equals(bundle) ? before.trustSince() : Optional.of(now);
    contents.put(name, new Content(bundle, Pem.write(bundle), certificate, signedBy, trustSince));
    parties.published(name, bundle, certificate, elapsed);
    leafWrites += name.equals(TRUST) ? 0 : 1;
  }

  // what is checked

  /** Tries all handshakes, each peer with what it read at once or as late as allowed. */
  RotationSimulator connect() {
    for (SimulatedPeers.Refusal refusal : parties.connect(elapsed, now)) {
      CaPath issuer = workshop.issuer(refusal.certificate());
      boolean stays = stuck.contains(refusal.server()) && excuses.isValidAgain(issuer);
      if (!excuses.covers(issuer, elapsed) && !stays) {
        failures.add(
            now
                + ": "
                + refusal.client()
                + " does not trust "
                + refusal.server()
                + " with "
                + refusal.certificate());
      }
    }
    excuses.settle(
        elapsed,
        issuer ->
            contents.values().stream().allMatch(held -> held.trust().contains(issuer.anchor())));
    return this;
  }

  /** The real time that has passed. */
  Duration lived() {
    return elapsed;
  }

  public Instant now() {
    return now;
  }

  public CaGenerations generations() {
    CaGenerations last = seen;
    if (last != null && seenAt.equals(now) && last.history().equals(remembered)) {
      return last;
    }
    CaGenerations fresh =
        new CaGenerations(List.copyOf(generations.values())).remembering(remembered).at(now);
    seen = fresh;
    seenAt = now;
    remembered = fresh.toRemember();
    return fresh;
  }

  public int signing() {
    return generations().signer().map(CaGeneration::number).orElse(0);
  }

  public RotationProgress progress() {
    return Phase.of(facts(), now).progress().orElseThrow();
  }

  public List<String> failures() {
    return failures;
  }

  /** Failures that were announced: a generation was distrusted, or no time was left. */
  int excused() {
    return excuses.count();
  }

  /** How often a generation began to sign before all peers were known to trust it. */
  public long hurries() {
    long begun =
        decided(CaDecision.Create.class).stream()
            .filter(create -> create.number() > 1)
            .filter(create -> create.begins() == CaDecision.Begins.AT_ONCE)
            .count();
    return begun
        + decided(CaDecision.StartSigning.class).stream()
            .filter(start -> start.trust() == CaDecision.Completeness.INCOMPLETE)
            .count();
  }

  public long handshakes() {
    return parties.handshakes();
  }

  /** How often a reconciliation found the CA stable, with one generation. */
  int rests() {
    return rests;
  }

  /** The number of writes to leaves' Secrets. */
  int leafWrites() {
    return leafWrites;
  }

  Set<String> leaves() {
    return Set.copyOf(leaves.keySet());
  }

  /** All decisions for the CA so far. */
  List<CaDecision> history() {
    return history;
  }

  /** The decisions for the CA so far. */
  public <T extends CaDecision> List<T> decided(Class<T> type) {
    return history.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Leaves without a certificate that is valid now and whose issuer is also valid. */
  List<String> unusable() {
    return leaves.keySet().stream()
        .filter(
            name -> {
              Content content = contents.get(name);
              X509Certificate certificate = content == null ? null : content.certificate();
              if (certificate == null) {
                return true;
              }
              CaPath issuer = workshop.issuer(certificate);
              return now.isBefore(certificate.getNotBefore().toInstant())
                  || !now.isBefore(certificate.getNotAfter().toInstant())
                  || now.isBefore(issuer.start())
                  || !now.isBefore(issuer.end())
                  || contents.values().stream().anyMatch(c -> !c.trust().contains(issuer.anchor()));
            })
        .toList();
  }

  /**
   * The generation that signed a leaf's current certificate; 0 if that generation does not exist.
   */
  public int issuer(String leaf) {
    Content content = contents.get(leaf);
    return content == null ? 0 : signedBy(content, generations()).orElse(0);
  }

  /** The number of generations in one peer's bundle. */
  public int trusted(String name) {
    return Objects.requireNonNull(contents.get(name)).trust().size();
  }

  public static String trust() {
    return TRUST;
  }

  private static boolean movesAtOnce(CaGeneration generation) {
    return generation.milestones().reissue() == Reissue.Immediately;
  }
}
