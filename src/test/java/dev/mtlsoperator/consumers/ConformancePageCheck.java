package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Each row of the page is one that a test required. The build runs it after all others, and only
 * then it can tell: not where tests were selected, or where they may skip.
 */
@EnabledIfSystemProperty(
    named = "consumers",
    matches = "required",
    disabledReason = "a test that lacks its program requires no row")
@DisabledIfSystemProperty(
    named = "selected",
    matches = ".+",
    disabledReason = "tests that were not selected require no row")
final class ConformancePageCheck {
  @Test
  void shouldHaveNoRowWithoutATest() throws IOException {
    assertThat(new ConformancePage(Files.readAllLines(ConformanceRow.PAGE)).names())
        .as("rows of %s: if all tests ran, delete what none requires", ConformanceRow.PAGE)
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .isSubsetOf(Files.readAllLines(ConformanceRow.REQUIRED));
  }
}
