package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attributes of a distinguished name other than the common name, as in cert-manager's {@code
 * subject}.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Subject(
    @JsonPropertyDescription("Organizations (O), each at most 64 characters.")
        List<String> organizations,
    @JsonPropertyDescription("Organizational units (OU), each at most 64 characters.")
        List<String> organizationalUnits,
    @JsonPropertyDescription("Countries (C), each the two capital letters of ISO 3166.")
        List<String> countries,
    @JsonPropertyDescription("States or provinces (ST), each at most 128 characters.")
        List<String> provinces,
    @JsonPropertyDescription("Cities (L), each at most 128 characters.") List<String> localities,
    @JsonPropertyDescription("Street addresses (STREET), each at most 128 characters.")
        List<String> streetAddresses,
    @JsonPropertyDescription("Postal codes, each at most 40 characters.") List<String> postalCodes,
    @JsonPropertyDescription(
            "Serial number attribute of the subject (not of the certificate), at most 64 characters.")
        @Nullable String serialNumber) {

  public Subject {
    organizations = Lists.orEmpty(organizations);
    organizationalUnits = Lists.orEmpty(organizationalUnits);
    countries = Lists.orEmpty(countries);
    provinces = Lists.orEmpty(provinces);
    localities = Lists.orEmpty(localities);
    streetAddresses = Lists.orEmpty(streetAddresses);
    postalCodes = Lists.orEmpty(postalCodes);
  }

  /** No attribute at all. */
  public static Subject none() {
    return new Subject(
        List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), null);
  }
}
