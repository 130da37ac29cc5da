package dev.mtlsoperator.rotation;

import static dev.mtlsoperator.rotation.Fixtures.aServerCert;

import dev.mtlsoperator.api.Rotation.Advance;
import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.api.ServerCert;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.KeyAlgorithm;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.KeyParameters;
import dev.mtlsoperator.pki.Pem;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A RootCA whose input changes, two leaves, and those who read what it publishes, at once or as
 * late as the overlap allows: decisions are carried out on values, and every handshake is tried.
 */
final class ImportWorld {
  private static final KeyMaterial LEAF_KEY =
      KeyMaterial.generate(new KeyParameters(KeyAlgorithm.ECDSA, 256));
  private static final String TRUST = "the trust ConfigMap";
  private static final int MOST_DECISIONS = 60;

  /** What a Secret to import holds. */
  record Content(CertificateAuthority authority, CaPath path) {}

  private record View(
      Instant since, List<X509Certificate> trust, @Nullable X509Certificate certificate) {}

  private final RotationPlan plan;
  private final boolean retireHastily;
  private final Map<Integer, CaGeneration> generations = new HashMap<>();
  private final Map<Integer, CertificateAuthority> authorities = new HashMap<>();
  private final Map<X509Certificate, CaGeneration> issuers = new HashMap<>();
  private final Map<String, List<View>> views = new TreeMap<>();
  private final Map<String, Instant> trustSince = new HashMap<>();
  private final Map<String, ServerCert> leaves = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();
  private Content input;
  private Instant now;
  private int highest;
  private int handshakes;

  /**
   * @param retireHastily whether the last generation leaves too early, on purpose
   */
  ImportWorld(
      Content input, Instant now, Duration overlap, Reissue reissue, boolean retireHastily) {
    this.input = input;
    this.now = now;
    this.plan = new RotationPlan(Optional.empty(), overlap, reissue, Advance.Automatic);
    this.retireHastily = retireHastily;
    views.put(TRUST, new ArrayList<>());
    for (String name : List.of("long", "short")) {
      leaves.put(
          name, aServerCert(name, name.equals("long") ? "90d" : "2d", null, name + ".example.org"));
      views.put(name, new ArrayList<>());
    }
  }

  void importing(Content content) {
    input = content;
  }

  /** Time passes in steps; at each of them all is looked at, and everybody connects. */
  void pass(Duration time, Duration step) {
    Instant end = now.plus(time);
    while (now.isBefore(end)) {
      now = now.plus(step);
      for (int round = 0; round < 2; round++) {
        decideForCa();
        leaves.keySet().forEach(this::decideForLeaf);
      }
      connect();
    }
  }

  List<String> failures() {
    return failures;
  }

  int handshakes() {
    return handshakes;
  }

  List<CaGeneration> generations() {
    return lineage().generations();
  }

  private Lineage lineage() {
    return new Lineage(List.copyOf(generations.values()));
  }

  private void decideForCa() {
    for (int step = 0; step < MOST_DECISIONS; step++) {
      Lineage lineage = lineage();
      CaDecision decision = CaRules.decide(facts(lineage), now);
      if (decision instanceof CaDecision.Keep || decision instanceof CaDecision.Refuse) {
        if (retireHastily) {
          lineage.former().stream()
              .findFirst()
              .ifPresent(g -> latch(lineage.signer().orElseThrow(), l -> l.retires(g.number())));
        }
        return;
      }
      carryOut(decision, lineage);
    }
    throw new AssertionError("no rest");
  }

  private CaFacts facts(Lineage lineage) {
    List<Copies.Copy> copies = new ArrayList<>();
    views.forEach((name, all) -> last(all).ifPresent(view -> copies.add(copy(name, view))));
    return new CaFacts(
        new Draft.Import("input", input.path()),
        plan,
        CaRequests.none(),
        lineage,
        highest,
        List.of(),
        Optional.empty(),
        true,
        last(views.get(TRUST)).map(View::trust).equals(Optional.of(lineage.bundle()))
            ? CaFacts.Bundle.CURRENT
            : CaFacts.Bundle.OUTDATED,
        Distribution.none(),
        new Copies(Copies.Evidence.FRESH, copies, List.of(), Duration.ofDays(90)),
        List.of());
  }

  private Copies.Copy copy(String name, View view) {
    Lineage lineage = lineage();
    Set<Integer> holds = new HashSet<>();
    lineage.generations().stream()
        .filter(g -> view.trust().contains(g.anchor()))
        .forEach(g -> holds.add(g.number()));
    X509Certificate certificate = view.certificate();
    return new Copies.Copy(
        name,
        holds,
        Optional.ofNullable(trustSince.get(name)),
        false,
        certificate == null
            ? OptionalInt.empty()
            : lineage.issuer(certificate, noted(certificate)).stream()
                .mapToInt(CaGeneration::number)
                .findFirst(),
        Optional.ofNullable(certificate).map(c -> c.getNotAfter().toInstant()));
  }

  private int noted(@Nullable X509Certificate certificate) {
    CaGeneration issuer = issuers.get(certificate);
    return issuer == null ? 0 : issuer.number();
  }

  private void carryOut(CaDecision decision, Lineage lineage) {
    if (decision instanceof CaDecision.Create create) {
      create(create);
    } else if (decision instanceof CaDecision.Withdraw withdraw) {
      generations.remove(withdraw.number());
    } else if (decision instanceof CaDecision.Delete delete) {
      generations.remove(delete.number());
    } else if (decision instanceof CaDecision.Note note) {
      CaFacts facts = facts(lineage);
      latch(generation(note.on(facts)), l -> note.note(l, facts, now));
    } else if (decision instanceof CaDecision.PublishTrust) {
      write(TRUST, lineage.bundle(), null);
    } else {
      throw new AssertionError("unexpected: " + decision);
    }
  }

  private CaGeneration generation(int number) {
    return Optional.ofNullable(generations.get(number)).orElseThrow();
  }

  private void create(CaDecision.Create create) {
    CaFacts facts = facts(lineage());
    highest = create.number();
    authorities.put(highest, input.authority());
    generations.put(
        highest,
        new CaGeneration(
            highest,
            input.path(),
            Optional.empty(),
            Optional.of("input"),
            create.latches(facts, input.path(), now)));
  }

  private void latch(CaGeneration generation, UnaryOperator<Latches.Edit> change) {
    generations.put(generation.number(), generation.withLatches(generation.latches().with(change)));
  }

  private void decideForLeaf(String name) {
    ServerCert leaf = Optional.ofNullable(leaves.get(name)).orElseThrow();
    Lineage lineage = lineage();
    CaGeneration signer = lineage.signer().orElseThrow();
    Optional<View> held = last(Optional.ofNullable(views.get(name)).orElseThrow());
    LeafFacts facts =
        new LeafFacts(
            leaf.getMetadata().getUid(),
            Draft.of(leaf),
            new Signer.Available(signer, lineage.trusted(), lineage.bundle(), Optional.empty()),
            held.<Holding>map(
                    view ->
                        new Holding.Ours(
                            Holding.Integrity.AS_REPORTED,
                            Optional.ofNullable(view.certificate()),
                            1,
                            noted(view.certificate()),
                            Pem.write(view.trust()),
                            "layout",
                            true,
                            null))
                .orElseGet(Holding.Absent::new),
            Terms.none(),
            new Trust(lineage.bundle(), signer.latches().reissue()),
            "layout",
            Optional.empty(),
            null,
            1,
            Optional.empty(),
            Optional.empty());
    LeafDecision decision = LeafRules.decide(facts, now);
    if (decision instanceof LeafDecision.Issue) {
      X509Certificate certificate =
          Optional.ofNullable(authorities.get(signer.number()))
              .orElseThrow()
              .issue(Blueprint.of(leaf).request(now, signer.path()), LEAF_KEY.publicKey());
      LeafHorizon.beyond(signer.latches().lastLeafNotAfter(), certificate, signer.path())
          .ifPresent(end -> latch(signer, l -> l.lastLeafNotAfter(end)));
      issuers.put(certificate, signer);
      write(name, lineage.bundle(), certificate);
    } else if (decision instanceof LeafDecision.Retrust) {
      write(name, lineage.bundle(), held.orElseThrow().certificate());
    }
  }

  private void write(
      String name, List<X509Certificate> trust, @Nullable X509Certificate certificate) {
    List<View> all = Optional.ofNullable(views.get(name)).orElseThrow();
    if (last(all).filter(view -> !view.trust().containsAll(trust)).isPresent()) {
      trustSince.put(name, now);
    }
    all.add(new View(now, trust, certificate));
    // nobody reads older ones any more
    while (all.size() > 1 && !all.get(1).since().isAfter(now.minus(plan.overlap()))) {
      all.remove(0);
    }
  }

  // each with what it read at once, or as late as it may
  private void connect() {
    List<Duration> lags = List.of(Duration.ZERO, plan.overlap());
    for (String server : leaves.keySet()) {
      for (Duration lag : lags) {
        at(server, now.minus(lag))
            .map(View::certificate)
            .filter(c -> now.isBefore(c.getNotAfter().toInstant()))
            .ifPresent(
                certificate ->
                    views
                        .keySet()
                        .forEach(
                            client ->
                                lags.stream()
                                    .flatMap(other -> at(client, now.minus(other)).stream())
                                    .forEach(
                                        view -> handshake(server, certificate, client, view))));
      }
    }
  }

  private Optional<View> at(String name, Instant time) {
    List<View> all = Optional.ofNullable(views.get(name)).orElseThrow();
    return Stream.concat(
            all.stream().limit(1), all.stream().filter(view -> !view.since().isAfter(time)))
        .reduce((before, after) -> after);
  }

  private void handshake(String server, X509Certificate leaf, String client, View view) {
    handshakes++;
    CaPath path = Optional.ofNullable(issuers.get(leaf)).orElseThrow().path();
    List<X509Certificate> chain = path.chain();
    X509Certificate last = chain.isEmpty() ? leaf : chain.get(chain.size() - 1);
    boolean accepted =
        chain.stream().allMatch(this::isValid)
            && view.trust().stream()
                .anyMatch(root -> KeyIdentifiers.namesIssuer(last, root) && isValid(root));
    if (!accepted) {
      failures.add(now + ": " + client + " does not accept " + server);
    }
  }

  private boolean isValid(X509Certificate certificate) {
    return now.isBefore(certificate.getNotAfter().toInstant());
  }

  private static Optional<View> last(List<View> all) {
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }
}
