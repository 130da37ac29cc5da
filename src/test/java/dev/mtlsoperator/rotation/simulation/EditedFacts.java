package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaRequests;
import dev.mtlsoperator.rotation.ca.Distribution;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.util.List;
import java.util.function.UnaryOperator;

/** Copies of facts about a CA, in which a test changes what it is about. */
public final class EditedFacts {
  private DesiredCertificate desired;
  private CaRequests requests;
  private CaGenerations generations;
  private CaFacts.Bundle bundle;
  private Distribution distribution;
  private DistributionState copies;
  private List<String> incomplete;

  private EditedFacts(CaFacts from) {
    desired = from.desired();
    requests = from.requests();
    generations = from.generations();
    bundle = from.bundle();
    distribution = from.distribution();
    copies = from.copies();
    incomplete = from.incomplete();
  }

  public static CaFacts of(CaFacts from, UnaryOperator<EditedFacts> edit) {
    EditedFacts edited = edit.apply(new EditedFacts(from));
    return new CaFacts(
        edited.desired,
        from.plan(),
        edited.requests,
        edited.generations,
        from.unsealed(),
        from.highestKnown(),
        from.traces(),
        from.adoptable(),
        from.metadataCurrent(),
        edited.bundle,
        edited.distribution,
        edited.copies,
        edited.incomplete,
        from.revocation());
  }

  public EditedFacts desired(DesiredCertificate other) {
    desired = other;
    return this;
  }

  public EditedFacts requests(CaRequests others) {
    requests = others;
    return this;
  }

  public EditedFacts generations(CaGenerations other) {
    generations = other;
    return this;
  }

  public EditedFacts bundle(CaFacts.Bundle other) {
    bundle = other;
    return this;
  }

  public EditedFacts distribution(Distribution other) {
    distribution = other;
    return this;
  }

  public EditedFacts copies(DistributionState others) {
    copies = others;
    return this;
  }

  public EditedFacts incomplete(List<String> others) {
    incomplete = others;
    return this;
  }
}
