package dev.mtlsoperator.reconcile.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnexpectedExceptionsTest {
  private final List<Part> counted = new ArrayList<>();
  private final UnexpectedExceptions exceptions = new UnexpectedExceptions(counted::add);

  @Test
  void shouldCountEach() {
    exceptions.met(Part.WATCHES, new IllegalStateException());
    exceptions.met(Part.WATCHES, new IllegalStateException());

    assertThat(counted).containsExactly(Part.WATCHES, Part.WATCHES);
  }

  @Test
  void shouldReportNoFailureOfWorkUnderWhichItsWatchesEnd() {
    exceptions.stop();

    exceptions.met(Part.ROOTCA, new IllegalStateException());

    assertThat(counted).isEmpty();
  }

  @Test
  void shouldNameTheCausesWithoutTheirMessages() {
    Throwable failure = new IllegalStateException("secret", new RuntimeException("secret"));

    assertThat(UnexpectedExceptions.classes(failure))
        .isEqualTo("java.lang.IllegalStateException caused by java.lang.RuntimeException");
  }
}
