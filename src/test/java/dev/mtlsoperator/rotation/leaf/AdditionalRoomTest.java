package dev.mtlsoperator.rotation.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.Pem;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;

/** Several system bundles together do not outgrow the Secret of a leaf. */
final class AdditionalRoomTest {
  private static final CAName ONE = new CAName("shop", "one");
  private static final CAName OTHER = new CAName("shop", "other");

  /** More than half of the room. */
  private static final List<X509Certificate> MANY = bundle("many");

  private static final List<X509Certificate> MORE = bundle("more");

  private static List<X509Certificate> bundle(String prefix) {
    X509Certificate first = root(prefix + 0);
    int count = AdditionalRoom.MOST * 3 / 5 / Pem.size(first);
    return Stream.concat(
            Stream.of(first), IntStream.range(1, count).mapToObj(i -> root(prefix + i)))
        .toList();
  }

  private static X509Certificate root(String name) {
    return MalformedCertificate.root(it -> it.subject = new X500Name("CN=" + name)).certificate();
  }

  @Test
  void shouldLeaveOutWhatDoesNotFitAndCountIt() {
    AdditionalRoom room = new AdditionalRoom(Map.of(ONE, MANY, OTHER, MORE), List.of());

    List<X509Certificate> first = room.fitting(ONE, MANY);
    List<X509Certificate> second = room.fitting(OTHER, MORE);

    assertThat(first).isEqualTo(MANY);
    assertThat(second).hasSizeBetween(1, MORE.size() - 1);
    assertThat(Stream.concat(first.stream(), second.stream()).mapToLong(Pem::size).sum())
        .isLessThanOrEqualTo(AdditionalRoom.MOST);
    assertThat(room.leftOut()).containsExactly(Map.entry(OTHER, MORE.size() - second.size()));
  }

  @Test
  void shouldLetNoRootCADisplaceWhatAnotherOneBroughtBefore() {
    AdditionalRoom room = new AdditionalRoom(Map.of(ONE, MANY, OTHER, MORE), MORE);

    List<X509Certificate> first = room.fitting(ONE, MANY);

    assertThat(first).hasSizeLessThan(MANY.size());
    assertThat(room.fitting(OTHER, MORE)).isEqualTo(MORE);
    assertThat(room.leftOut()).containsOnlyKeys(ONE);
  }

  @Test
  void shouldCountACertificateOfSeveralRootCAsOnce() {
    AdditionalRoom room = new AdditionalRoom(Map.of(ONE, MANY, OTHER, MANY), List.of());

    assertThat(room.fitting(ONE, MANY)).isEqualTo(MANY);
    assertThat(room.fitting(OTHER, MANY)).isEqualTo(MANY);
    assertThat(room.leftOut()).isEmpty();
  }
}
