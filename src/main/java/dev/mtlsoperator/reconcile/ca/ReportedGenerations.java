package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.reconcile.kube.TruncatedText;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import java.util.List;
import java.util.Set;

/** Derives what a RootCA's status says about its generations. Pure. */
final class ReportedGenerations {
  /** The longest serial number that fits into status; that of an adopted CA may have any length. */
  private static final int LONGEST_SERIAL = 64;

  private ReportedGenerations() {}

  // lost and unproven generations stay listed, so that a backup can be recognized
  static List<Generation> of(RootCA ca, CaObservation seen) {
    RootCAStatus before = ca.getStatus();
    CaGenerations generations = seen.facts().generations();
    if (before != null && (seen.generations().isEmpty() || !generations.isProven())) {
      return marked(before.generations(), generations.distrusted());
    }
    return generations.isProven() ? generations(ca, seen) : List.of();
  }

  private static List<Generation> marked(List<Generation> told, Set<Fingerprint> distrusted) {
    return told.stream()
        .map(
            g ->
                Fingerprint.parse(g.fingerprint()).filter(distrusted::contains).isPresent()
                    ? g.withState(GenerationState.Distrusted)
                    : g)
        .toList();
  }

  private static List<Generation> generations(RootCA ca, CaObservation seen) {
    CaFacts facts = seen.facts();
    CaGenerations generations = facts.generations();
    List<CaGeneration> trusted = generations.trusted();
    int signing = facts.signer().map(CaGeneration::number).orElse(0);
    return generations.generations().stream()
        .map(
            g ->
                new Generation(
                    g.number(),
                    GenerationSecret.name(ca.getMetadata().getName(), g.number()),
                    generations.distrusted().isEmpty() || !g.contains(generations.distrusted())
                        ? state(g, signing, trusted)
                        : GenerationState.Distrusted,
                    TruncatedText.to(
                        LONGEST_SERIAL, SerialNumber.text(g.certificate().getSerialNumber())),
                    g.fingerprint().text(),
                    g.certificate().getNotBefore().toInstant().toString(),
                    g.end().toString(),
                    Pem.write(g.certificate()),
                    seen.generations().stream()
                        .filter(it -> it.generation().equals(g))
                        .map(Sealed::revision)
                        .findFirst()
                        .orElse(null)))
        .toList();
  }

  // a generation that has left counts as leaving as long as its key is kept
  private static GenerationState state(
      CaGeneration generation, int signing, List<CaGeneration> trusted) {
    if (generation.number() == signing) {
      return GenerationState.Signing;
    }
    return generation.number() > signing && trusted.contains(generation)
        ? GenerationState.Distributing
        : GenerationState.Retiring;
  }
}
