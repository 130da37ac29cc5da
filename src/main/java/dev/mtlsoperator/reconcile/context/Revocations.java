package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The CRLs of each RootCA as its last reconciliation found or signed them, for its leaves and for
 * its next reconciliation; and the calls by which leaves ask a RootCA to revoke. In memory only:
 * after a start a leaf waits until its RootCA was reconciled.
 */
public final class Revocations {
  private final Map<CAName, Of> known = new ConcurrentHashMap<>();
  private final Map<CAName, Integer> behind = new ConcurrentHashMap<>();
  private volatile Consumer<CAName> called = ca -> {};

  /**
   * The CRLs of one RootCA.
   *
   * @param signed those of its own generations
   * @param published all CRLs next to its trust bundle; empty: it has none, or not all that it
   *     needs
   */
  public record Published(KnownCrls signed, List<Crl> published) {
    public Published {
      published = List.copyOf(published);
    }
  }

  private record Of(String uid, Published crls) {}

  /**
   * What is known of a RootCA; empty: it was not reconciled yet, or publishes no CRL. What is known
   * of a former one with its name does not count.
   */
  public Optional<Published> of(RootCA ca) {
    return Optional.ofNullable(known.get(CAName.of(ca)))
        .filter(of -> of.uid().equals(ca.getMetadata().getUid()))
        .map(Of::crls);
  }

  /** Notes the CRLs that a RootCA signed. */
  public void signed(RootCA ca, KnownCrls crls) {
    note(ca, new Published(crls, of(ca).map(Published::published).orElse(List.of())));
  }

  /** Notes the CRLs next to the trust bundle of a RootCA. */
  public void published(RootCA ca, KnownCrls signed, List<Crl> all) {
    note(ca, new Published(signed, all));
  }

  private void note(RootCA ca, Published crls) {
    known.put(CAName.of(ca), new Of(ca.getMetadata().getUid(), crls));
  }

  /** Notes how many copies of a RootCA's trust bundle are not current. */
  public void behind(RootCA ca, int copies) {
    behind.put(CAName.of(ca), copies);
  }

  /** How many copies were not current when the RootCA was reconciled last; 0: not known. */
  public int behind(CAName ca) {
    return behind.getOrDefault(ca, 0);
  }

  /** Forgets a RootCA that publishes no CRL. */
  public void forget(RootCA ca) {
    known.remove(CAName.of(ca));
    behind.remove(CAName.of(ca));
  }

  /** Whether a certificate is on the newest CRL of the generation that signed it. */
  public boolean isRevoked(LeafRevocations.OfLeaf certificate) {
    return Optional.ofNullable(known.get(certificate.ca()))
        .flatMap(of -> of.crls().signed().of(certificate.generation()))
        .filter(crl -> crl.entries().containsKey(certificate.request().serialNumber()))
        .isPresent();
  }

  /** Names what has a RootCA reconciled when a leaf asks. */
  public void listen(Consumer<CAName> rootCAs) {
    called = rootCAs;
  }

  /** Asks a RootCA to revoke what its leaves ask for. */
  public void call(CAName ca) {
    called.accept(ca);
  }
}
