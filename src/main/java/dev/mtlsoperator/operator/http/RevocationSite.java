package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import io.vertx.core.http.HttpMethod;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What the port for revocations serves; used by its event loop only. */
final class RevocationSite implements Site {
  /** RFC 5280 section 4.2.1.13. */
  private static final String CRL_TYPE = "application/pkix-crl";

  /** CRLs that are kept ready to be sent, each of a MiB at most. */
  private static final int MOST_KEPT = 64;

  private static final String RETRY_SECONDS = "5";

  /** The same whatever is missing. */
  private static final Answer NOT_FOUND =
      Answer.text(HttpURLConnection.HTTP_NOT_FOUND, "not found\n");

  private final CrlSource crls;
  private final Supplier<Optional<String>> gap;
  private final Clock clock;
  private final OcspDesk ocsp;

  /** So that all that are being sent at a time share one buffer. */
  private final Map<CrlPath, Kept> kept = RecentlyUsed.atMost(MOST_KEPT);

  private record Kept(Crl crl, Cacheable response) {}

  /**
   * @param gap why this process may not know a CRL that exists; empty: it knows all
   */
  RevocationSite(CrlSource crls, OcspDesk ocsp, Supplier<Optional<String>> gap, Clock clock) {
    this.ocsp = ocsp;
    this.crls = crls;
    this.gap = gap;
    this.clock = clock;
  }

  @Override
  public List<HttpMethod> methods(String path) {
    return path.equals(OcspDesk.PATH) || path.equals(OcspDesk.PATH + "/")
        ? List.of(HttpMethod.POST)
        : Site.super.methods(path);
  }

  @Override
  public CompletionStage<Answer> answer(Request request) {
    Optional<CrlPath> asked = CrlPath.parse(request.path());
    // a namespace may have that name too; no Base64 ends in .crl
    if (asked.isEmpty() && isOcsp(request)) {
      return ocsp.answer(request);
    }
    return CompletableFuture.completedFuture(
        asked.map(path -> crl(path, request)).orElse(NOT_FOUND));
  }

  private static boolean isOcsp(Request request) {
    return request.method().equals(HttpMethod.POST)
        || request.path().startsWith(OcspDesk.PATH + "/");
  }

  private Answer crl(CrlPath path, Request request) {
    Optional<Crl> crl = crls.find(path.ca(), path.generation());
    if (crl.isEmpty()) {
      kept.remove(path);
      return gap.get().map(RevocationSite::tryLater).orElse(NOT_FOUND);
    }
    Kept ready = kept.get(path);
    if (ready == null || !ready.crl().equals(crl.get())) {
      ready = new Kept(crl.get(), response(crl.get()));
      kept.put(path, ready);
    }
    return ready.response().answer(request.headers(), clock.instant());
  }

  private static Cacheable response(Crl crl) {
    return Cacheable.of(crl.der(), CRL_TYPE, crl.thisUpdate(), crl.nextUpdate());
  }

  private static Answer tryLater(String why) {
    return Answer.text(HttpURLConnection.HTTP_UNAVAILABLE, "try again later: " + why + "\n")
        .with("Retry-After", RETRY_SECONDS);
  }

  @Override
  public void close() {
    ocsp.close();
    kept.clear();
  }
}
