package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.ca.CaRequests;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.util.Map;
import java.util.Optional;

/** Requests that users make by annotations on a RootCA. */
public final class CaAnnotations {
  /** The longest value that fits into status. */
  private static final int LONGEST_VALUE = 1024;

  private CaAnnotations() {}

  /** All but {@code adopt}. */
  public static CaRequests requests(RootCA ca) {
    Optional<String> rotate = annotation(ca, Api.ROTATE_ANNOTATION).map(CaAnnotations::rotate);
    return new CaRequests(
        rotate,
        // a resource without a status may come from a backup: its annotations are not new
        ca.getStatus() == null ? rotate : Optional.ofNullable(ca.getStatus().rotate()),
        annotation(ca, Api.ADVANCE_ANNOTATION).flatMap(Fingerprint::parse),
        annotation(ca, Api.DISTRUST_ANNOTATION).flatMap(Fingerprint::parse));
  }

  /**
   * The significant part of the value of {@code rotate}: former status and milestones hold no more.
   */
  static String rotate(String value) {
    return value.length() > LONGEST_VALUE ? value.substring(0, LONGEST_VALUE) : value;
  }

  /**
   * A warning if the distrust annotation matches no generation, so that nobody assumes that it took
   * effect; empty: it matches, or there is none.
   */
  public static Optional<String> unheard(RootCA ca, CaGenerations generations) {
    return annotation(ca, Api.DISTRUST_ANNOTATION)
        .filter(
            value ->
                Fingerprint.parse(value)
                    .filter(f -> generations.distrusted().contains(f) || generations.names(f))
                    .isEmpty())
        .map(
            value ->
                "the annotation mtls-operator.dev/distrust names no generation of this CA: write sha256:<hex>, as status.generations has it");
  }

  /** The fingerprint that a person vouches for. */
  public static Optional<Fingerprint> adoption(RootCA ca) {
    return annotation(ca, Api.ADOPT_ANNOTATION)
        .flatMap(Fingerprint::parse)
        .filter(
            wanted ->
                annotation(ca, Api.DISTRUST_ANNOTATION)
                    .flatMap(Fingerprint::parse)
                    .filter(wanted::equals)
                    .isEmpty());
  }

  /**
   * Whether the adoption was not honoured before: the annotation for a generation that was adopted,
   * and has left since, may stay in a repository forever.
   */
  public static boolean isAdoptionNews(RootCA ca) {
    return ca.getStatus() == null
        || !adoption(ca).map(Fingerprint::text).equals(Optional.ofNullable(ca.getStatus().adopt()));
  }

  private static Optional<String> annotation(RootCA ca, String key) {
    Map<String, String> annotations = ca.getMetadata().getAnnotations();
    return Optional.ofNullable(annotations == null ? null : annotations.get(key));
  }
}
