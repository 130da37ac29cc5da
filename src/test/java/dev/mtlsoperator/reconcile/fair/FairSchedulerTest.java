package dev.mtlsoperator.reconcile.fair;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.harness.Eventually;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Ticket;
import dev.mtlsoperator.rotation.fair.QueueClass;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever waits is called, and nobody waits for those who are gone. */
final class FairSchedulerTest {
  private final FairScheduler scheduler =
      new FairScheduler(2, 8, new UnexpectedExceptions(part -> {}));
  private final List<Ticket> woken = new CopyOnWriteArrayList<>();
  private final Set<Ticket> gone = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void start() {
    scheduler.start();
  }

  @AfterEach
  void close() {
    scheduler.close();
  }

  @Test
  void shouldCallTheNextWhenSomebodyIsDone() {
    // given
    FairScheduler.Permit turn = scheduler.ask(QueueClass.RSA_KEY, waiter("a", 1)).orElseThrow();
    assertThat(scheduler.ask(QueueClass.RSA_KEY, waiter("a", 2))).isEmpty();
    assertThat(woken).isEmpty();

    // when
    turn.close();

    // then
    assertThat(woken).containsExactly(waiter("a", 2).who());
    assertThat(scheduler.ask(QueueClass.RSA_KEY, waiter("a", 2))).isPresent();
  }

  @Test
  void shouldPassOverThousandsWhoAreGone() {
    // given
    FairScheduler.Permit turn = scheduler.ask(QueueClass.RSA_KEY, waiter("a", 0)).orElseThrow();
    IntStream.rangeClosed(1, 20_000)
        .forEach(i -> scheduler.ask(QueueClass.RSA_KEY, waiter("a", i)));
    IntStream.rangeClosed(1, 19_999).forEach(i -> gone.add(waiter("a", i).who()));
    assertThat(scheduler.waiting(QueueClass.RSA_KEY)).isEqualTo(20_000);

    // when
    turn.close();

    // then
    Eventually.eventually(() -> assertThat(woken).containsExactly(waiter("a", 20_000).who()));
    assertThat(scheduler.waiting(QueueClass.RSA_KEY)).isZero();
  }

  @Test
  void shouldCallAnotherWhenTheCalledOneGoes() {
    // given
    FairScheduler.Permit turn = scheduler.ask(QueueClass.RSA_KEY, waiter("a", 1)).orElseThrow();
    scheduler.ask(QueueClass.RSA_KEY, waiter("a", 2));
    scheduler.ask(QueueClass.RSA_KEY, waiter("a", 3));
    turn.close();

    // when
    gone.add(waiter("a", 2).who());

    // then
    Eventually.eventually(() -> assertThat(woken).endsWith(waiter("a", 3).who()));
  }

  @Test
  void shouldWaitForOneKindOfWorkOnly() {
    // given
    assertThat(scheduler.ask(QueueClass.RSA_KEY, waiter("a", 1))).isPresent();
    scheduler.ask(QueueClass.RSA_KEY, waiter("a", 2));

    // when: its spec asks for another key now
    FairScheduler.Permit turn = scheduler.ask(QueueClass.ISSUANCE, waiter("a", 2)).orElseThrow();

    // then
    assertThat(scheduler.waiting(QueueClass.RSA_KEY)).isZero();
    turn.close();
    assertThat(woken).isEmpty();
  }

  @Test
  void shouldCallAfterThePause() {
    // given
    FairScheduler.Permit turn = scheduler.ask(QueueClass.RESTART, waiter("a", 1)).orElseThrow();
    scheduler.ask(QueueClass.RESTART, waiter("b", 1));

    // when
    turn.close();

    // then
    assertThat(woken).isEmpty();
    Eventually.eventually(() -> assertThat(woken).containsExactly(waiter("b", 1).who()));
    assertThat(scheduler.ask(QueueClass.RESTART, waiter("b", 1))).isPresent();
  }

  private FairScheduler.Waiter waiter(String namespace, int number) {
    Ticket who = new Ticket(namespace, namespace + number);
    return new FairScheduler.Waiter() {
      @Override
      public Ticket who() {
        return who;
      }

      @Override
      public FairScheduler.Waiter meanwhile() {
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
