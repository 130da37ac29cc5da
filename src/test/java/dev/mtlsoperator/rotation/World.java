package dev.mtlsoperator.rotation;

import static dev.mtlsoperator.rotation.Fixtures.aServerCert;

import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.api.ServerCert;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Fingerprint;
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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A CA, its leaves and those who read what it publishes, some at once and some as late as the
 * overlap allows, without any Kubernetes: decisions are carried out on values. Every handshake
 * between any two of them is tried at every moment.
 */
final class World {
  private static final String TRUST = "the trust ConfigMap";
  private static final KeyMaterial LEAF_KEY =
      KeyMaterial.generate(new KeyParameters(dev.mtlsoperator.pki.KeyAlgorithm.ECDSA, 256));
  private static final int MOST_DECISIONS = 60;

  private RootCA ca;
  private CaRequests requests = CaRequests.none();
  private Instant now;
  private final Map<Integer, CaGeneration> generations = new HashMap<>();
  private final Map<Integer, CertificateAuthority> authorities = new HashMap<>();
  private final Map<String, Reader> readers = new HashMap<>();
  private final Map<String, ServerCert> leaves = new HashMap<>();
  private final Set<String> stuck = new HashSet<>();
  private int highestEver;
  private Predicate<CaDecision> saboteur = decision -> false;
  private final List<String> failures = new ArrayList<>();
  private final List<CaDecision> history = new ArrayList<>();
  private int handshakes;

  World(RootCA ca, Instant now) {
    this.ca = ca;
    this.now = now;
    readers.put(TRUST, new Reader());
  }

  /** What one consumer found at which time. */
  private static final class Reader {
    private final List<View> views = new ArrayList<>();
    private Optional<Instant> trustSince = Optional.empty();

    Optional<View> at(Instant time) {
      View found = null;
      for (View view : views) {
        if (found == null || !view.since().isAfter(time)) {
          found = view;
        }
      }
      return Optional.ofNullable(found);
    }

    Optional<View> latest() {
      return views.isEmpty() ? Optional.empty() : Optional.of(views.get(views.size() - 1));
    }
  }

  private record View(
      Instant since, List<X509Certificate> trust, @Nullable X509Certificate certificate) {
    String pem() {
      return Pem.write(trust);
    }
  }

  // what happens in it

  World leaf(String name, String duration) {
    leaves.put(name, aServerCert(name, duration, null, name + ".example.org"));
    readers.put(name, new Reader());
    return this;
  }

  void remove(String name) {
    leaves.remove(name);
    readers.remove(name);
  }

  void edit(UnaryOperator<RootCA> change) {
    ca = change.apply(ca);
  }

  void rotate(String value) {
    requests =
        new CaRequests(
            Optional.of(value), requests.rotateReported(), requests.advance(), requests.distrust());
  }

  void advance(Fingerprint generation) {
    requests =
        new CaRequests(
            requests.rotate(),
            requests.rotateReported(),
            Optional.of(generation),
            requests.distrust());
  }

  void distrust(Fingerprint generation) {
    requests =
        new CaRequests(
            requests.rotate(),
            requests.rotateReported(),
            requests.advance(),
            Optional.of(generation));
  }

  /** Nothing can be written for that leaf until it is released. */
  void stick(String leaf) {
    stuck.add(leaf);
  }

  void release() {
    stuck.clear();
  }

  /** Latches for which that holds are set long before they should. */
  void sabotage(Predicate<CaDecision> hasty) {
    saboteur = hasty;
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  /** The operator looks at everything until nothing is left to do. */
  World operate() {
    for (int round = 0; round < 3; round++) {
      decideForCA();
      leaves.keySet().stream().filter(leaf -> !stuck.contains(leaf)).forEach(this::decideForLeaf);
    }
    return this;
  }

  private void decideForCA() {
    for (int step = 0; step < MOST_DECISIONS; step++) {
      CaDecision decision = CaRules.decide(facts(), now);
      if (decision instanceof CaDecision.Keep || decision instanceof CaDecision.Refuse) {
        sabotage();
        return;
      }
      history.add(decision);
      carryOut(decision);
    }
    throw new AssertionError("no rest: " + history.subList(history.size() - 10, history.size()));
  }

  private void sabotage() {
    Lineage lineage = lineage();
    List<CaDecision> hasty = new ArrayList<>();
    Finding why = new Finding(Reason.Migrating, "sabotage");
    lineage
        .successor()
        .ifPresent(
            g ->
                hasty.add(
                    new CaDecision.StartSigning(
                        g.number(), Optional.empty(), CaDecision.Completeness.COMPLETE, why)));
    lineage.former().forEach(g -> hasty.add(new CaDecision.Retire(g.number(), why)));
    hasty.stream().filter(saboteur).forEach(this::carryOut);
  }

  CaFacts facts() {
    Lineage lineage = lineage();
    Draft draft = Draft.of(ca);
    return new CaFacts(
        draft,
        RotationPlan.of(ca),
        requests,
        lineage,
        highestEver,
        List.of(),
        Optional.empty(),
        true,
        readers.get(TRUST).latest().map(View::trust).equals(Optional.of(lineage.bundle()))
            ? CaFacts.Bundle.CURRENT
            : CaFacts.Bundle.OUTDATED,
        Distribution.none(),
        copies(lineage),
        List.of());
  }

  private Copies copies(Lineage lineage) {
    List<Copies.Copy> copies = new ArrayList<>();
    readers.forEach(
        (name, reader) ->
            reader.latest().ifPresent(view -> copies.add(copy(name, reader, view, lineage))));
    Duration longest =
        leaves.values().stream()
            .map(leaf -> dev.mtlsoperator.api.Durations.parse(leaf.getSpec().duration()))
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    return new Copies(Copies.Evidence.FRESH, copies, List.of(), longest);
  }

  private static Copies.Copy copy(String name, Reader reader, View view, Lineage lineage) {
    Set<Integer> holds = new HashSet<>();
    for (CaGeneration generation : lineage.generations()) {
      if (view.trust().contains(generation.certificate())) {
        holds.add(generation.number());
      }
    }
    X509Certificate certificate = view.certificate();
    OptionalInt signedBy =
        certificate == null
            ? OptionalInt.empty()
            : lineage.generations().stream()
                .filter(g -> g.signed(certificate))
                .mapToInt(CaGeneration::number)
                .findFirst();
    return new Copies.Copy(
        name,
        holds,
        reader.trustSince,
        !lineage.bundle().containsAll(view.trust()),
        signedBy,
        certificate == null
            ? Optional.empty()
            : Optional.of(certificate.getNotAfter().toInstant()));
  }

  private void carryOut(CaDecision decision) {
    if (decision instanceof CaDecision.Create create) {
      create(create);
    } else if (decision instanceof CaDecision.Honour honour) {
      latch(honour.number(), l -> l.withRotate(requests.rotate()));
    } else if (decision instanceof CaDecision.Withdraw withdraw) {
      generations.remove(withdraw.number());
    } else if (decision instanceof CaDecision.Delete delete) {
      generations.remove(delete.number());
    } else if (decision instanceof CaDecision.MarkDistributed distributed) {
      latch(distributed.number(), l -> l.withDistributedAt(now));
    } else if (decision instanceof CaDecision.StartSigning start) {
      Set<Fingerprint> distrusted = new HashSet<>(lineage().distrusted());
      start.distrusts().ifPresent(distrusted::add);
      latch(
          start.number(),
          l -> {
            Latches signing = l.withDistributedAt(now).withSigningSince(now);
            return start.distrusts().isEmpty() ? signing : signing.withDistrusts(distrusted);
          });
    } else if (decision instanceof CaDecision.MarkUnused unused) {
      latch(unused.number(), l -> l.withUnusedSince(now));
    } else if (decision instanceof CaDecision.Retire retire) {
      latch(lineage().signer().orElseThrow().number(), l -> l.withRetires(retire.number()));
    } else if (decision instanceof CaDecision.PublishTrust) {
      write(TRUST, lineage().bundle(), null);
    } else {
      throw new AssertionError("unexpected: " + decision);
    }
  }

  private void create(CaDecision.Create create) {
    CertificateAuthority authority = Issuance.rootCA(((Draft.Valid) Draft.of(ca)).blueprint(), now);
    Optional<Instant> signing =
        create.begins() == CaDecision.Begins.AT_ONCE ? Optional.of(now) : Optional.empty();
    Set<Fingerprint> distrusted = new HashSet<>(lineage().distrusted());
    create.distrusts().ifPresent(distrusted::add);
    if (create.number() <= highestEver) {
      throw new AssertionError("number " + create.number() + " is used twice");
    }
    highestEver = create.number();
    authorities.put(create.number(), authority);
    generations.put(
        create.number(),
        new CaGeneration(
            create.number(),
            authority.certificate(),
            Optional.empty(),
            new Latches(
                signing,
                signing,
                Optional.empty(),
                Optional.of(LeafHorizon.first(now, CaPath.root(authority.certificate()))),
                create.reissue(),
                requests.rotate(),
                distrusted,
                lineage().retired())));
  }

  private void latch(int number, UnaryOperator<Latches> change) {
    generations.computeIfPresent(number, (n, g) -> g.withLatches(change.apply(g.latches())));
  }

  private void decideForLeaf(String name) {
    ServerCert leaf = leaves.get(name);
    Lineage lineage = lineage();
    Optional<CaGeneration> signing = lineage.signer().filter(g -> !g.isExpired(now));
    if (signing.isEmpty()) {
      return;
    }
    CaGeneration signer = signing.get();
    Optional<View> held = readers.get(name).latest();
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
                            1,
                            view.pem(),
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
          authorities
              .get(signer.number())
              .issue(Blueprint.of(leaf).request(now, signer.path()), LEAF_KEY.publicKey());
      LeafHorizon.beyond(
              generations.get(signer.number()).latches().lastLeafNotAfter(),
              certificate,
              signer.path())
          .ifPresent(end -> latch(signer.number(), l -> l.withLastLeafNotAfter(end)));
      if (certificate.getNotAfter().toInstant().isAfter(signer.end())) {
        failures.add(name + " outlives its issuer");
      }
      write(name, lineage.bundle(), certificate);
    } else if (decision instanceof LeafDecision.Retrust) {
      write(name, lineage.bundle(), held.orElseThrow().certificate());
    }
  }

  private void write(
      String name, List<X509Certificate> bundle, @Nullable X509Certificate certificate) {
    Reader reader = readers.get(name);
    boolean changed = reader.latest().filter(view -> !view.trust().equals(bundle)).isPresent();
    if (changed) {
      reader.trustSince = Optional.of(now);
    }
    reader.views.add(new View(now, bundle, certificate));
  }

  // what is looked at

  /** Everybody connects to everybody, each with what it read at once, or as late as it may. */
  World connect() {
    List<Duration> lags =
        List.of(
            Duration.ZERO,
            RotationPlan.of(ca).overlap().dividedBy(2),
            RotationPlan.of(ca).overlap());
    for (String server : leaves.keySet()) {
      for (Duration serverLag : lags) {
        X509Certificate certificate =
            readers.get(server).at(now.minus(serverLag)).map(View::certificate).orElse(null);
        if (certificate == null || !now.isBefore(certificate.getNotAfter().toInstant())) {
          continue;
        }
        for (Map.Entry<String, Reader> client : readers.entrySet()) {
          for (Duration clientLag : lags) {
            client
                .getValue()
                .at(now.minus(clientLag))
                .ifPresent(view -> handshake(server, certificate, client.getKey(), view));
          }
        }
      }
    }
    forget(lags.get(2));
    return this;
  }

  private void handshake(String server, X509Certificate certificate, String client, View view) {
    handshakes++;
    boolean trusted =
        view.trust().stream()
            .anyMatch(
                anchor ->
                    dev.mtlsoperator.pki.KeyIdentifiers.namesIssuer(certificate, anchor)
                        && now.isBefore(anchor.getNotAfter().toInstant()));
    if (!trusted) {
      failures.add(now + ": " + client + " does not trust " + server);
    }
  }

  // nobody reads older ones any more
  private void forget(Duration longestLag) {
    Instant oldest = now.minus(longestLag);
    readers
        .values()
        .forEach(
            reader -> {
              while (reader.views.size() > 1 && !reader.views.get(1).since().isAfter(oldest)) {
                reader.views.remove(0);
              }
            });
  }

  Instant now() {
    return now;
  }

  Lineage lineage() {
    return new Lineage(List.copyOf(generations.values()));
  }

  int signing() {
    return lineage().signer().map(CaGeneration::number).orElse(0);
  }

  RotationProgress progress() {
    return RotationProgress.of(facts(), now).orElseThrow();
  }

  List<String> failures() {
    return failures;
  }

  int handshakes() {
    return handshakes;
  }

  /** What was decided for the CA so far. */
  <T extends CaDecision> List<T> decided(Class<T> type) {
    return history.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The generation that signed what a leaf has now; 0: none that is there. */
  int issuer(String leaf) {
    X509Certificate certificate = readers.get(leaf).latest().map(View::certificate).orElse(null);
    return lineage().generations().stream()
        .filter(g -> certificate != null && g.signed(certificate))
        .mapToInt(CaGeneration::number)
        .findFirst()
        .orElse(0);
  }

  /** How many generations somebody's bundle holds. */
  int trusted(String reader) {
    return Objects.requireNonNull(readers.get(reader)).latest().orElseThrow().trust().size();
  }

  /** When something happens by the clock alone. */
  Optional<Instant> deadline() {
    return RotationProgress.of(facts(), now).flatMap(RotationProgress::deadline);
  }

  static String trust() {
    return TRUST;
  }

  static boolean movesAtOnce(CaGeneration generation) {
    return generation.latches().reissue() == Reissue.Immediately;
  }
}
