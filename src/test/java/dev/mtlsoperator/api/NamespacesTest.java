package dev.mtlsoperator.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.LabelRequirement.Operator;
import dev.mtlsoperator.api.Namespaces.From;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NamespacesTest {
  private static final Map<String, String> LABELS = Map.of("team", "a", "tier", "");

  @ParameterizedTest
  @CsvSource({
    "team, In, a, true",
    "team, In, b, false",
    "other, In, a, false",
    "tier, In, '', true",
    "team, NotIn, a, false",
    "team, NotIn, b, true",
    "other, NotIn, a, true",
    "team, Exists, , true",
    "other, Exists, , false",
    "team, DoesNotExist, , false",
    "other, DoesNotExist, , true",
  })
  void shouldReadRequirementsAsKubernetesDoes(
      String key, Operator operator, String value, boolean matches) {
    LabelRequirement requirement =
        new LabelRequirement(key, operator, value == null ? List.of() : List.of(value));

    assertThat(new NamespaceSelector(Map.of(), List.of(requirement)).matches(LABELS))
        .isEqualTo(matches);
  }

  @Test
  void shouldWantAllRequirementsAtOnce() {
    LabelRequirement tier = new LabelRequirement("tier", Operator.Exists, List.of());

    assertThat(new NamespaceSelector(Map.of("team", "a"), List.of(tier)).matches(LABELS)).isTrue();
    assertThat(new NamespaceSelector(Map.of("team", "b"), List.of(tier)).matches(LABELS)).isFalse();
    assertThat(new NamespaceSelector(Map.of(), List.of()).matches(LABELS)).isFalse();
  }

  @Test
  void shouldAlwaysIncludeTheOwnNamespace() {
    NamespaceSelector selector = new NamespaceSelector(Map.of("team", "a"), List.of());
    Namespaces selected = new Namespaces(From.Selector, selector);

    assertThat(selected.include("own", "own", Optional.empty())).isTrue();
    assertThat(selected.include("own", "other", Optional.of(LABELS))).isTrue();
    assertThat(selected.include("own", "other", Optional.of(Map.of()))).isFalse();
    assertThat(selected.include("own", "other", Optional.empty())).isFalse();
    assertThat(Namespaces.same().include("own", "other", Optional.of(LABELS))).isFalse();
    assertThat(new Namespaces(From.All, null).include("own", "other", Optional.empty())).isTrue();
  }
}
