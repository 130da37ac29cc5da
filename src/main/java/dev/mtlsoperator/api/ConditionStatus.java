package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Status of a {@link Condition}. */
public enum ConditionStatus {
  @JsonProperty("True")
  TRUE,
  @JsonProperty("False")
  FALSE,
  @JsonProperty("Unknown")
  UNKNOWN
}
