package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import io.fabric8.generator.annotation.Default;

/** How a generation of a {@link RootCA} is replaced by the next one. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rotation(
    @JsonPropertyDescription(
            "How long everybody who holds a trust bundle is given to take up a change: the next generation signs that long after every copy holds it, and the last one is distrusted that long after its last certificate was replaced. Less than half of renewBefore.")
        @Default(Defaults.OVERLAP)
        String overlap,
    @JsonPropertyDescription(
            "OnRenewal: certificates move to the next generation at their own renewal. Immediately: as soon as it signs.")
        @Default("OnRenewal")
        Reissue reissue,
    @JsonPropertyDescription(
            "Automatic: a rotation goes on by itself. Manual: the next generation signs, and the last one is distrusted, only when the annotation mtls-operator.dev/advance names it by its fingerprint.")
        @Default("Automatic")
        Advance advance,
    @JsonPropertyDescription(
            "Whether the next generation is also signed by the last one, and that certificate sent along, for verifiers outside the cluster who know only the last one, until that one leaves the trust bundles. Not for an imported CA: bring such a certificate in its chain.")
        @Default("false")
        Boolean crossCertificate) {

  /** When certificates move to the next generation. */
  public enum Reissue {
    OnRenewal,
    Immediately
  }

  /** Who says that a rotation goes on. */
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

  /** Where the user wrote nothing. */
  public static Rotation defaults() {
    return new Rotation(Defaults.OVERLAP, Reissue.OnRenewal, Advance.Automatic, false);
  }
}
