package dev.mtlsoperator.rotation;

import java.util.List;
import java.util.function.UnaryOperator;

/** Facts about a CA that differ from others in what a test is about. */
final class EditedFacts {
  private Draft draft;
  private CaRequests requests;
  private Lineage lineage;
  private CaFacts.Bundle bundle;
  private Distribution distribution;
  private Copies copies;
  private List<String> doubts;

  private EditedFacts(CaFacts from) {
    draft = from.draft();
    requests = from.requests();
    lineage = from.lineage();
    bundle = from.bundle();
    distribution = from.distribution();
    copies = from.copies();
    doubts = from.doubts();
  }

  static CaFacts of(CaFacts from, UnaryOperator<EditedFacts> edit) {
    EditedFacts edited = edit.apply(new EditedFacts(from));
    return new CaFacts(
        edited.draft,
        from.plan(),
        edited.requests,
        edited.lineage,
        from.unsealed(),
        from.highestKnown(),
        from.traces(),
        from.adoptable(),
        from.metadataCurrent(),
        edited.bundle,
        edited.distribution,
        edited.copies,
        edited.doubts);
  }

  EditedFacts draft(Draft other) {
    draft = other;
    return this;
  }

  EditedFacts requests(CaRequests others) {
    requests = others;
    return this;
  }

  EditedFacts lineage(Lineage other) {
    lineage = other;
    return this;
  }

  EditedFacts bundle(CaFacts.Bundle other) {
    bundle = other;
    return this;
  }

  EditedFacts distribution(Distribution other) {
    distribution = other;
    return this;
  }

  EditedFacts copies(Copies others) {
    copies = others;
    return this;
  }

  EditedFacts doubts(List<String> others) {
    doubts = others;
    return this;
  }
}
