package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import io.fabric8.generator.annotation.Default;

/** How a generation of a {@link RootCA} is replaced by the next one. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rotation(
    @JsonPropertyDescription(
            "How long consumers of a trust bundle have to load a change: the next generation signs that long after every copy contains it, and the last one is distrusted that long after its last certificate was replaced. Less than half of renewBefore.")
        @Default(Defaults.OVERLAP)
        String overlap,
    @JsonPropertyDescription(
            "OnRenewal: certificates move to the next generation when they are due for renewal. Immediately: as soon as it signs.")
        @Default("OnRenewal")
        Reissue reissue,
    @JsonPropertyDescription(
            "Automatic: a rotation proceeds by itself. Manual: the next generation signs, and the last one is distrusted, only when the annotation mtls-operator.dev/advance names it by its fingerprint.")
        @Default("Automatic")
        Advance advance,
    @JsonPropertyDescription(
            "Whether the last generation also signs the next one, and leaves send that cross-certificate, for verifiers outside the cluster that trust only the last generation; until that one leaves the trust bundles. Not for an imported CA: include such a certificate in its chain.")
        @Default("false")
        Boolean crossCertificate) {

  /** When certificates move to the next generation. */
  public enum Reissue {
    OnRenewal,
    Immediately
  }

  /** Whether a rotation proceeds by itself. */
  public enum Advance {
    Automatic,
    Manual
  }

  public Rotation {
    overlap = overlap == null ? Defaults.OVERLAP : overlap;
    reissue = reissue == null ? Reissue.OnRenewal : reissue;
    advance = advance == null ? Advance.Automatic : advance;
    crossCertificate = crossCertificate != null && crossCertificate;
  }

  /** The defaults. */
  public static Rotation defaults() {
    return new Rotation(Defaults.OVERLAP, Reissue.OnRenewal, Advance.Automatic, false);
  }
}
