package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What is pure, once more on the newest Java: the very classes that have been tested on this one,
 * as they are what runs there. Tests with the tag {@code once} judge files, programs of others, and
 * the decisions of random histories: not a Java.
 */
final class NewestJavaIT {
  private static final Pattern TOTAL =
      Pattern.compile(
          "(?m)^\\[\\w+] (Tests run: (\\d+), Failures: 0, Errors: 0, Skipped: (\\d+))$");

  @Test
  void shouldPassWhatIsPureThere() {
    Path home = InstalledJava.requireNewest();

    String output =
        Consumer.require("mvn", "install Maven")
            .run(
                Path.of("").toAbsolutePath(),
                Map.of("JAVA_HOME", home.toString()),
                "-B",
                "-ntp",
                "surefire:test",
                "-Dsurefire.excluded=once",
                "-Dconsumers=" + System.getProperty("consumers"),
                // it is not alone, and a second one has to become warm as well
                "-Dsurefire.forks=1",
                // beside those of this Java, and of those who run meanwhile
                "-Dsurefire.reports=target/surefire-reports-newest-java",
                "-DtempDir=surefire-newest-java")
            .orThrow()
            .output();

    Matcher total = TOTAL.matcher(output);
    assertThat(total.find()).as(output).isTrue();
    System.out.println("on " + home.getFileName() + ": " + total.group(1));
    assertThat(Integer.parseInt(total.group(2))).as("tests").isGreaterThan(1_000);
    if (Consumer.areRequired()) {
      assertThat(total.group(3)).as("skipped").isEqualTo("0");
    }
  }
}
