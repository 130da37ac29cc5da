package dev.mtlsoperator.api.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.manifest.Manifests;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read without a cluster is accepted and refused as by the API server. */
final class CorpusTest {
  static List<Corpus.Manifest> valid() {
    return Corpus.valid();
  }

  static List<Corpus.Manifest> invalid() {
    return Corpus.invalid();
  }

  @Test
  void shouldBeLargeEnoughToMeanSomething() {
    assertThat(valid()).hasSizeGreaterThanOrEqualTo(20);
    assertThat(invalid())
        .hasSizeGreaterThanOrEqualTo(60)
        .allSatisfy(manifest -> assertThat(manifest.kubectl()).isNotEmpty());
  }

  @ParameterizedTest
  @MethodSource("valid")
  void shouldAcceptValid(Corpus.Manifest manifest) {
    // when
    Manifests read = Manifests.read(manifest.name(), manifest.text());

    // then
    assertThat(read.problems()).isEmpty();
    assertThat(read.rootCAs().size() + read.leaves().size()).isPositive();
    assertThat(read.ignored()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void shouldRefuseInvalidWithItsMessage(Corpus.Manifest manifest) {
    // when
    Manifests read = Manifests.read(manifest.name(), manifest.text());

    // then
    assertThat(read.rootCAs()).isEmpty();
    assertThat(read.leaves()).isEmpty();
    String said = read.problems().stream().map(Object::toString).collect(Collectors.joining("\n"));
    assertThat(said).contains(manifest.offline());
    assertThat(said.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(2_000));
  }
}
