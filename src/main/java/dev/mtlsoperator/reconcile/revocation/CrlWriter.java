package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.revocation.CrlRules;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.NextCrl;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.secret.ca.CrlRecord;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Signs the CRLs of a RootCA and writes the Secret that remembers them. */
public final class CrlWriter {
  private static final Logger LOG = LoggerFactory.getLogger(CrlWriter.class);

  private final ObjectSource<Secret, RootCA> secrets;
  private final CrlAttempts attempts;
  private final ReconcileContext shared;

  /**
   * @param secrets the Secrets of generations and records of CRLs, as cached
   */
  public CrlWriter(
      ObjectSource<Secret, RootCA> secrets, CrlAttempts attempts, ReconcileContext shared) {
    this.secrets = secrets;
    this.attempts = attempts;
    this.shared = shared;
  }

  /**
   * Signs and records.
   *
   * @param generations the Secrets of the generations
   * @param reader that of the run
   */
  public void write(
      RootCA ca,
      RevocationFacts facts,
      List<Sealed> generations,
      CaDecision.SignCrls decision,
      GenerationReader reader,
      Instant now) {
    BigInteger number = new CrlRules(facts, now).nextNumber();
    SortedMap<Integer, Crl> signed = new TreeMap<>();
    Map<Integer, NextCrl> contents = new HashMap<>();
    SafetyChecks.Ends clock = shared.safety().ends();
    for (int generation : decision.generations()) {
      authority(ca, generation, generations, reader)
          .ifPresentOrElse(
              authority -> {
                NextCrl next = NextCrl.of(generation(facts, generation), facts, number, clock, now);
                signed.put(generation, authority.sign(next.contents()));
                contents.put(generation, next);
              },
              () -> attempts.unable(ca, generation, now));
    }
    // the condition that says so ends with the CRLs that are signed now
    facts.loss().filter(why -> !signed.isEmpty()).ifPresent(why -> warn(ca, why));
    KnownCrls known = facts.known().with(signed, contents);
    // first: a record that cannot be written does not keep a revocation from the trust bundles
    shared.revocations().signed(ca, known);
    signed.forEach((generation, crl) -> log(ca, generation, crl, decision));
    record(ca, known, now);
  }

  private void warn(RootCA ca, String loss) {
    shared
        .events()
        .publish(ca, EventPublisher.Type.Warning, Reason.RevocationIncomplete.name(), loss);
  }

  private static CaGeneration generation(RevocationFacts facts, int number) {
    return Stream.concat(facts.inBundle().stream(), facts.leaving().stream())
        .filter(g -> g.number() == number)
        .findFirst()
        .orElseThrow();
  }

  private Optional<CertificateAuthority> authority(
      RootCA ca, int generation, List<Sealed> generations, GenerationReader reader) {
    try {
      return generations.stream()
          .filter(g -> g.number() == generation)
          .findFirst()
          .flatMap(g -> shared.signingKeys().of(ca.getMetadata().getName(), g, reader));
    } catch (PkiException e) {
      return Optional.empty();
    }
  }

  private void record(RootCA ca, KnownCrls known, Instant now) {
    try {
      @Nullable Secret live = live(ca);
      if (CrlRecord.judge(ca, live, shared.seal()) instanceof CrlRecord.Found.Foreign) {
        attempts.refused(
            ca,
            "Secret '"
                + CrlRecord.name(ca.getMetadata().getName())
                + "' was not written by this operator and is left alone: delete or rename it",
            now);
        return;
      }
      secrets.write(
          CrlRecord.of(ca, known, live, shared.seal()),
          secret ->
              live == null
                  ? shared.client().resource(secret).create()
                  : shared.client().resource(secret).update());
      attempts.recorded(ca);
    } catch (KubernetesClientException e) {
      if (ApiErrors.isConflict(e)) {
        throw e;
      }
      attempts.refused(ca, ApiErrors.refusal(e).orElseThrow(() -> e), now);
      LOG.atWarn()
          .addKeyValue("namespace", ca.getMetadata().getNamespace())
          .addKeyValue("name", ca.getMetadata().getName())
          .addKeyValue("code", e.getCode())
          .log("the Secret with the CRLs could not be written");
    }
  }

  private @Nullable Secret live(RootCA ca) {
    return shared
        .client()
        .secrets()
        .inNamespace(ca.getMetadata().getNamespace())
        .withName(CrlRecord.name(ca.getMetadata().getName()))
        .get();
  }

  private static void log(RootCA ca, int generation, Crl crl, CaDecision.SignCrls decision) {
    LOG.atInfo()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("generation", generation)
        .addKeyValue("number", crl.number().map(BigInteger::toString).orElse(""))
        .addKeyValue("revoked", crl.entries().size())
        .addKeyValue("nextUpdate", crl.nextUpdate())
        .addKeyValue("reason", decision.why().reason())
        .log("CRL signed: {}", decision.why().message());
  }
}
