package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.Api;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;

/** The ids of the advice that the owner of a resource accepts, as the annotation has them. */
public final class AcceptedAdvice {
  /** Room for the ids of all rules several times. */
  private static final int LONGEST = 4096;

  private AcceptedAdvice() {}

  /** The value of the annotation; empty: there is none. */
  public static Optional<String> of(HasMetadata resource) {
    return Optional.ofNullable(
            Templates.Part.ANNOTATIONS.of(resource).get(Api.ACCEPT_ADVICE_ANNOTATION))
        .map(AcceptedAdvice::bounded);
  }

  /** The value, shortened to what a cache keeps of it. Idempotent. */
  public static String bounded(String value) {
    return value.length() > LONGEST ? value.substring(0, LONGEST) : value;
  }
}
