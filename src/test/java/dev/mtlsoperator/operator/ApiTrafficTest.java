package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ApiTrafficTest {
  private static final String SECRETS = "/api/v1/namespaces/shop/secrets";
  private static final String LEASE =
      "/apis/coordination.k8s.io/v1/namespaces/mtls-operator/leases/mtls-operator";

  private final AtomicLong clock = new AtomicLong(-5);
  private final ApiTraffic traffic = new ApiTraffic(clock::get);

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 503, 504})
  void shouldTellThatWritesAreRefusedUntilOneIsAccepted(int code) {
    traffic.answered(SECRETS, code);
    assertThat(traffic.refusal()).hasValueSatisfying(r -> assertThat(r).contains("" + code));

    traffic.answered(SECRETS, 201);
    assertThat(traffic.refusal()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 409, 422})
  void shouldNotBlameTheServerForARequest(int code) {
    traffic.answered(SECRETS, code);

    assertThat(traffic.refusal()).isEmpty();
  }

  @Test
  void shouldForgetARefusalThatNothingFollows() {
    traffic.answered(SECRETS, 500);
    pass(ApiTraffic.REFUSAL_COUNTS);

    assertThat(traffic.refusal()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/k8s/clusters/c-abc", "/apis/mine"})
  void shouldKnowTheLeaseBehindAnyPath(String prefix) {
    AtomicInteger late = new AtomicInteger();
    traffic.fence(Duration.ofSeconds(13), late::incrementAndGet);

    traffic.sending(prefix + LEASE);
    traffic.answered(prefix + LEASE, 200);
    pass(Duration.ofSeconds(14));
    traffic.sending(prefix + SECRETS);

    assertThat(late).hasValue(1);
  }

  @Test
  void shouldFenceOnlyWritesLongAfterTheLeaseWasSent() {
    AtomicInteger late = new AtomicInteger();
    traffic.fence(Duration.ofSeconds(13), late::incrementAndGet);

    // when: no Lease was ever held
    traffic.sending(SECRETS);
    // and one is, as of when its request was sent
    traffic.sending(LEASE);
    pass(Duration.ofSeconds(3));
    traffic.answered(LEASE, 200);
    pass(Duration.ofSeconds(10));
    traffic.sending(SECRETS);

    // then
    assertThat(late).hasValue(0);

    // when: a renewal is sent and refused, which renews nothing
    pass(Duration.ofMillis(1));
    traffic.sending(LEASE);
    traffic.answered(LEASE, 409);
    traffic.sending(SECRETS);

    // then
    assertThat(late).hasValue(1);
  }

  @Test
  void shouldTellTheServersTimeForAWhile() {
    assertThat(traffic.serverTime()).isEmpty();

    traffic.dated("Mon, 23 Nov 2026 12:00:00 GMT");
    pass(Duration.ofSeconds(90));
    assertThat(traffic.serverTime()).contains(java.time.Instant.parse("2026-11-23T12:01:30Z"));

    traffic.dated("of a proxy");
    assertThat(traffic.serverTime()).isPresent();

    pass(ApiTraffic.DATE_COUNTS);
    assertThat(traffic.serverTime()).isEmpty();
  }
}
