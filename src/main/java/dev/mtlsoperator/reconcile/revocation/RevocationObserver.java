package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.CrlStatus;
import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.revocation.CrlPlan;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.revocation.RevocationRequests;
import dev.mtlsoperator.secret.ca.CrlRecord;
import dev.mtlsoperator.secret.trust.AdditionalRevocations;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Gathers what concerns the CRLs of a RootCA; writes nothing. */
public final class RevocationObserver {
  private final ObjectSource<Secret, RootCA> secrets;
  private final CrlAttempts attempts;
  private final CrlTexts texts = new CrlTexts();
  private final ReconcileContext shared;

  /**
   * @param secrets the Secrets of generations and records of CRLs, as cached
   * @param attempts results of signing and recording CRLs
   */
  public RevocationObserver(
      ObjectSource<Secret, RootCA> secrets, CrlAttempts attempts, ReconcileContext shared) {
    this.secrets = secrets;
    this.attempts = attempts;
    this.shared = shared;
  }

  /**
   * What was observed.
   *
   * @param kept the CRLs of the RootCA that a start of the operator finds again
   * @param held the CRLs next to the trust bundle, whoever put them there
   * @param isPublished whether the operator gave CRLs to verifiers of the trust bundle
   */
  public record Seen(RevocationFacts facts, KnownCrls kept, List<Crl> held, boolean isPublished) {
    public Seen {
      held = List.copyOf(held);
    }

    static Seen off() {
      return new Seen(RevocationFacts.off(), KnownCrls.none(), List.of(), false);
    }

    /** Whether the RootCA publishes CRLs. */
    public boolean isOn() {
      return facts.plan().isPresent();
    }
  }

  /**
   * Assembles the CRLs for the trust bundles.
   *
   * @param content of the trust bundles
   */
  public RevocationView view(
      RootCA ca,
      Seen seen,
      CaGenerations generations,
      TrustContent content,
      AdditionalTrusts.Known additional) {
    RevocationView view =
        RevocationView.of(seen, generations, content, additional, hindrances(ca), shared.now());
    if (seen.isOn()) {
      shared
          .revocations()
          .published(ca, seen.facts().known(), view.crls(), signers(ca, seen.facts(), generations));
      shared.revocations().kept(ca, seen.kept());
    }
    return view;
  }

  // one that status lists and that is not there may come back
  private static Revocations.Signers signers(
      RootCA ca, RevocationFacts facts, CaGenerations generations) {
    Set<Integer> able = new HashSet<>();
    ReportedStatus.of(ca).generations().forEach(known -> able.add(known.generation()));
    Set<Integer> unable = new HashSet<>();
    for (CaGeneration generation : generations.there()) {
      if (generation.contains(generations.distrusted())) {
        able.remove(generation.number());
      } else if (Crl.maySign(generation.certificate())) {
        able.add(generation.number());
      } else {
        able.remove(generation.number());
        unable.add(generation.number());
      }
    }
    return new Revocations.Signers(
        facts.inBundle().stream().map(CaGeneration::number).collect(Collectors.toSet()),
        able,
        unable);
  }

  private List<String> hindrances(RootCA ca) {
    List<String> found = new ArrayList<>();
    attempts
        .refusal(ca, shared.now())
        .ifPresent(
            why -> found.add("the CRLs are not remembered, nor served over HTTP and OCSP: " + why));
    unreachable(ca, shared.publishedResponders().url()).ifPresent(found::add);
    shared.revocations().withoutFinalizer(ca).ifPresent(found::add);
    return found;
  }

  /**
   * That certificates cannot name the OCSP responder; empty: they can, or need not.
   *
   * @param url of the OCSP responder
   */
  static Optional<String> unreachable(RootCA ca, Optional<String> url) {
    Revocation spec = ca.getSpec().revocation();
    return spec == null || !spec.ocsp() || url.isPresent()
        ? Optional.empty()
        : Optional.of(
            "ocsp asks for the URL of the OCSP responder in certificates, but the operator does not know any: they are issued without one. Start it with --crl-port and --crl-url (Helm: crl.enabled=true and crl.url), or leave out ocsp");
  }

  /**
   * Observes.
   *
   * @param numbers of the generations that the trust bundles hold
   * @param bundle the trust ConfigMap
   * @param leaves the caches of leaves, one for each kind
   * @param inputs the CRLs that the inputs of the RootCA bring
   * @param copies reads all texts in the copies of the trust bundle; called only if CRLs were lost
   */
  public Seen observe(
      RootCA ca,
      CaGenerations generations,
      Set<Integer> numbers,
      Optional<ConfigMap> bundle,
      List<? extends LeafIndex> leaves,
      AdditionalRevocations inputs,
      Supplier<List<String>> copies) {
    Revocation spec = ca.getSpec().revocation();
    if (spec == null) {
      shared.revocations().forget(ca);
      return Seen.off();
    }
    boolean published = isPublished(ca, bundle);
    Supplier<List<Crl>> copied =
        () -> copies.get().stream().flatMap(text -> texts.read(text).stream()).toList();
    List<Crl> configMap =
        bundle.map(TrustConfigMap::revocations).map(texts::read).orElse(List.of());
    List<Crl> held =
        CrlHistory.held(
            configMap,
            shared.revocations().of(ca).map(Revocations.Published::published).orElse(List.of()),
            published,
            hasOthers(ca, generations),
            copied);
    Optional<Secret> record = record(ca);
    CrlRecord.Found found = CrlRecord.judge(ca, record.orElse(null), shared.seal());
    List<CaGeneration> there = generations.there();
    KnownCrls known = known(ca, there, found, held, copied);
    RevocationFacts.RecordState state = state(ca, record, known);
    return new Seen(
        new RevocationFacts(
            Optional.of(CrlPlan.of(spec)),
            ca.getMetadata().getUid(),
            there.stream().filter(g -> numbers.contains(g.number())).toList(),
            leaving(generations, numbers),
            unable(ca, there),
            known,
            requests(ca, spec, leaves, there, inputs),
            state,
            reportedNumber(ca)),
        state == RevocationFacts.RecordState.CURRENT
            ? known
            : CrlHistory.kept(there, found, configMap, shared.now()),
        held,
        published);
  }

  private static boolean hasOthers(RootCA ca, CaGenerations generations) {
    return ca.getSpec().importFrom() != null
        || !ca.getSpec().additionalTrust().isEmpty()
        || generations.there().stream().anyMatch(g -> g.path().all().size() > 1);
  }

  // what was published stays so, also if somebody takes it out of the ConfigMap
  private boolean isPublished(RootCA ca, Optional<ConfigMap> bundle) {
    return status(ca).filter(CrlStatus::published).isPresent()
        || shared.revocations().of(ca).filter(crls -> !crls.published().isEmpty()).isPresent()
        || bundle
            .filter(map -> TrustConfigMap.isIntact(map, shared.seal()))
            .filter(map -> !TrustConfigMap.revocations(map).isEmpty())
            .isPresent();
  }

  // the key of a distrusted generation may be somebody else's: nothing is signed with it
  private static List<CaGeneration> leaving(CaGenerations generations, Set<Integer> numbers) {
    return generations.leaving().stream()
        .filter(g -> !numbers.contains(g.number()))
        .filter(g -> !g.contains(generations.distrusted()))
        .toList();
  }

  private Set<Integer> unable(RootCA ca, List<CaGeneration> there) {
    Set<Integer> unable = new HashSet<>(attempts.unable(ca, shared.now()));
    there.stream()
        .filter(g -> !Crl.maySign(g.certificate()))
        .map(CaGeneration::number)
        .forEach(unable::add);
    return unable;
  }

  private static RevocationRequests requests(
      RootCA ca,
      Revocation spec,
      List<? extends LeafIndex> leaves,
      List<CaGeneration> there,
      AdditionalRevocations inputs) {
    CAName name = CAName.of(ca);
    List<LeafRevocations.OfLeaf> asked = new ArrayList<>();
    leaves.forEach(kind -> kind.revoked(name, asked::add));
    there.forEach(g -> asked.addAll(inputs.revokedBy(name, g.number(), g.certificate())));
    return RevocationRequests.of(spec, asked);
  }

  private KnownCrls known(
      RootCA ca,
      List<CaGeneration> there,
      CrlRecord.Found record,
      List<Crl> held,
      Supplier<List<Crl>> copies) {
    return CrlHistory.gather(
        there,
        shared.revocations().of(ca).map(Revocations.Published::signed),
        record,
        held,
        reportedNumber(ca),
        copies,
        shared.now());
  }

  // the cache holds only digests of a record that somebody changed
  private Optional<Secret> record(RootCA ca) {
    String namespace = ca.getMetadata().getNamespace();
    String name = CrlRecord.name(ca.getMetadata().getName());
    return secrets
        .get(namespace, name)
        .flatMap(
            cached ->
                CrlRecord.isSealed(ca.getMetadata().getName(), cached, shared.seal())
                    ? Optional.of(cached)
                    : Optional.ofNullable(
                        shared.client().secrets().inNamespace(namespace).withName(name).get()));
  }

  private RevocationFacts.RecordState state(RootCA ca, Optional<Secret> record, KnownCrls known) {
    if (record.filter(r -> CrlRecord.isCurrent(ca, r, known, shared.seal())).isPresent()) {
      return RevocationFacts.RecordState.CURRENT;
    }
    return attempts.refusal(ca, shared.now()).isPresent()
        ? RevocationFacts.RecordState.REFUSED
        : RevocationFacts.RecordState.OUTDATED;
  }

  private static Optional<CrlStatus> status(RootCA ca) {
    return Optional.ofNullable(ca.getStatus()).map(RootCAStatus::crl);
  }

  private static BigInteger reportedNumber(RootCA ca) {
    return status(ca)
        .map(CrlStatus::number)
        .filter(text -> text.matches("[0-9]{1,48}"))
        .map(BigInteger::new)
        .orElse(BigInteger.ZERO);
  }
}
