package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A row has to be on the page as a test found it, and nowhere else. */
final class ConformancePageTest {
  private static final ConformancePage PAGE =
      new ConformancePage(
          List.of(
              "# Conformance",
              "",
              "## Clients",
              "",
              "About | pipes.",
              "",
              "| client | refused | requests | version |",
              "|---|---|---|---|",
              "| curl | 3 of 3 | 71 | 7.88.1 |",
              "| curl, with PKCS#12 | 3 of 3 | 70 | 7.88.1 |",
              "",
              "## Gateways",
              "",
              "| gateway | requests | version |",
              "|---|---|---|",
              "| nginx | 800 | 1.22 |"));

  private static ConformanceRow curl(String refused) {
    return ConformanceRow.of("Clients", "curl")
        .says(refused)
        .measured(74)
        .with(Cell.measured("8.0"));
  }

  @Test
  void shouldCompareWhatDoesNotDependOnTheMachine() {
    assertThat(PAGE.has(curl("3 of 3"))).isTrue();
    assertThat(PAGE.has(curl("2 of 3"))).isFalse();
    assertThat(PAGE.has(curl("3 of 3").says("7"))).isFalse();
    assertThat(PAGE.has(ConformanceRow.of("Clients", "curl").says("3 of 3"))).isFalse();
    assertThat(PAGE.has(ConformanceRow.of("Gateways", "nginx").measured(1).says("1.22"))).isTrue();
    assertThat(PAGE.has(ConformanceRow.of("Gateways", "nginx").measured(1).says("1.24"))).isFalse();
  }

  @Test
  void shouldHaveItOnce() {
    List<String> twice = new ArrayList<>(PAGE.lines());
    twice.add(9, "|curl|2 of 3 | 71 | 7.88.1 |");
    ConformancePage page = new ConformancePage(twice);

    assertThat(page.has(curl("3 of 3"))).isFalse();
    assertThat(page.names()).startsWith("Clients: curl", "Clients: curl");
  }

  @Test
  void shouldTakeNoWordForANumber() {
    ConformancePage page =
        new ConformancePage(PAGE.lines().stream().map(line -> line.replace("71", "none")).toList());

    assertThat(page.has(curl("3 of 3"))).isFalse();
  }

  @Test
  void shouldTellSectionsApart() {
    assertThat(PAGE.has(ConformanceRow.of("Clients", "nginx").measured(1, 2))).isFalse();
    assertThatThrownBy(() -> PAGE.with(ConformanceRow.of("Browsers", "Chromium")))
        .hasMessage("there is no section Browsers");
  }

  @Test
  void shouldReplaceTheRowOfThatName() {
    ConformancePage page = PAGE.with(curl("2 of 3"));

    assertThat(page.lines()).hasSameSizeAs(PAGE.lines());
    assertThat(page.lines().get(8)).isEqualTo("| curl | 2 of 3 | 74 | 8.0 |");
    assertThat(page.lines().get(9)).isEqualTo(PAGE.lines().get(9));
  }

  @Test
  void shouldAddANewOneToItsTable() {
    ConformancePage page =
        PAGE.with(ConformanceRow.of("Clients", "go").says("3 of 3").measured(1, 2))
            .with(ConformanceRow.of("Gateways", "Envoy").measured(1, 2));

    assertThat(page.lines().get(10)).isEqualTo("| go | 3 of 3 | 1 | 2 |");
    assertThat(page.lines().get(17)).isEqualTo("| Envoy | 1 | 2 |");
  }

  @Test
  void shouldNameEachRow() {
    assertThat(PAGE.names())
        .containsExactly("Clients: curl", "Clients: curl, with PKCS#12", "Gateways: nginx");
  }
}
