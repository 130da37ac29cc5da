package dev.mtlsoperator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** README's first command does what it says, down to no failed request. */
final class DemoIT {
  @Test
  void shouldShowWhatItPromises() throws Exception {
    assertThat(Demo.show()).isZero();
  }
}
