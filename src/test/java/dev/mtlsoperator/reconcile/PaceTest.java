package dev.mtlsoperator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.rotation.Turns.Applicant;
import dev.mtlsoperator.rotation.Work;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever waits is called, and nobody waits for those who are gone. */
final class PaceTest {
  private final Pace pace = new Pace(2, 8, new UnexpectedExceptions(part -> {}));
  private final List<Applicant> woken = new CopyOnWriteArrayList<>();
  private final Set<Applicant> gone = ConcurrentHashMap.newKeySet();

  @AfterEach
  void close() {
    pace.close();
  }

  @Test
  void shouldCallTheNextWhenSomebodyIsDone() {
    // given
    Pace.Turn turn = pace.ask(Work.RSA_KEY, waiter("a", 1)).orElseThrow();
    assertThat(pace.ask(Work.RSA_KEY, waiter("a", 2))).isEmpty();
    assertThat(woken).isEmpty();

    // when
    turn.close();

    // then
    assertThat(woken).containsExactly(waiter("a", 2).who());
    assertThat(pace.ask(Work.RSA_KEY, waiter("a", 2))).isPresent();
  }

  @Test
  void shouldPassOverThousandsWhoAreGone() {
    // given
    Pace.Turn turn = pace.ask(Work.RSA_KEY, waiter("a", 0)).orElseThrow();
    IntStream.rangeClosed(1, 20_000).forEach(i -> pace.ask(Work.RSA_KEY, waiter("a", i)));
    IntStream.rangeClosed(1, 19_999).forEach(i -> gone.add(waiter("a", i).who()));
    assertThat(pace.waiting(Work.RSA_KEY)).isEqualTo(20_000);

    // when
    turn.close();

    // then
    Eventually.eventually(() -> assertThat(woken).containsExactly(waiter("a", 20_000).who()));
    assertThat(pace.waiting(Work.RSA_KEY)).isZero();
  }

  @Test
  void shouldCallAnotherWhenTheCalledOneGoes() {
    // given
    Pace.Turn turn = pace.ask(Work.RSA_KEY, waiter("a", 1)).orElseThrow();
    pace.ask(Work.RSA_KEY, waiter("a", 2));
    pace.ask(Work.RSA_KEY, waiter("a", 3));
    turn.close();

    // when
    gone.add(waiter("a", 2).who());

    // then
    Eventually.eventually(() -> assertThat(woken).endsWith(waiter("a", 3).who()));
  }

  @Test
  void shouldWaitForOneKindOfWorkOnly() {
    // given
    assertThat(pace.ask(Work.RSA_KEY, waiter("a", 1))).isPresent();
    pace.ask(Work.RSA_KEY, waiter("a", 2));

    // when: its spec asks for another key now
    Pace.Turn turn = pace.ask(Work.ISSUANCE, waiter("a", 2)).orElseThrow();

    // then
    assertThat(pace.waiting(Work.RSA_KEY)).isZero();
    turn.close();
    assertThat(woken).isEmpty();
  }

  @Test
  void shouldCallAfterThePause() {
    // given
    Pace.Turn turn = pace.ask(Work.RESTART, waiter("a", 1)).orElseThrow();
    pace.ask(Work.RESTART, waiter("b", 1));

    // when
    turn.close();

    // then
    assertThat(woken).isEmpty();
    Eventually.eventually(() -> assertThat(woken).containsExactly(waiter("b", 1).who()));
    assertThat(pace.ask(Work.RESTART, waiter("b", 1))).isPresent();
  }

  private Pace.Waiter waiter(String namespace, int number) {
    Applicant who = new Applicant(namespace, namespace + number);
    return new Pace.Waiter() {
      @Override
      public Applicant who() {
        return who;
      }

      @Override
      public Pace.Waiter meanwhile() {
        return this;
      }

      @Override
      public boolean isThere() {
        return !gone.contains(who);
      }

      @Override
      public void wake() {
        woken.add(who);
      }
    };
  }
}
