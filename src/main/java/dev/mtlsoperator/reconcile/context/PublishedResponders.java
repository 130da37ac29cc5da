package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.ocsp.IssuerId;
import dev.mtlsoperator.pki.ocsp.OcspAnswer;
import dev.mtlsoperator.pki.ocsp.OcspRequest;
import dev.mtlsoperator.pki.ocsp.OcspResponder;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The OCSP responders of all CAs, found by the issuer that a request names. Answers are signed when
 * first asked for and kept until the responder is replaced. Thread-safe.
 */
public final class PublishedResponders {
  /** Of about 1 KiB each, for all CAs; without a bound, requests for random serials fill memory. */
  private static final int MOST_KEPT = 4_000;

  private final Optional<String> url;
  private final Map<CAName, List<OcspResponder>> byCa = new TreeMap<>();
  private final Map<Asked, OcspAnswer.Signed> kept = RecentlyUsed.atMost(MOST_KEPT);
  private volatile Map<IssuerId, List<OcspResponder>> byIssuer = Map.of();
  private volatile Set<CAName> lacking = Set.of();

  /** A request, and who answers it; responders are compared by identity. */
  private record Asked(OcspResponder responder, String request) {}

  /**
   * None yet.
   *
   * @param url under which verifiers reach them; empty: certificates do not name them
   */
  public PublishedResponders(Optional<String> url) {
    this.url = url;
  }

  /** The URL under which verifiers reach them; empty: certificates do not name them. */
  public Optional<String> url() {
    return url;
  }

  /**
   * Notes which CAs have not all responders that they should have: while there are some, a request
   * about an unknown issuer is to be tried later.
   */
  public void lacking(Set<CAName> cas) {
    lacking = Set.copyOf(cas);
  }

  /**
   * Lets these answer for a CA, and none of its former ones.
   *
   * @param responders one for each generation that has a CRL
   */
  public synchronized void publish(CAName ca, Collection<OcspResponder> responders) {
    List<OcspResponder> former =
        Optional.ofNullable(
                responders.isEmpty() ? byCa.remove(ca) : byCa.put(ca, List.copyOf(responders)))
            .orElse(List.of());
    Map<IssuerId, List<OcspResponder>> next = new HashMap<>();
    byCa.values().stream()
        .flatMap(List::stream)
        .forEach(
            responder ->
                responder
                    .issuerIds()
                    .forEach(
                        id -> next.computeIfAbsent(id, it -> new ArrayList<>()).add(responder)));
    byIssuer = Map.copyOf(next);
    List<OcspResponder> gone = former.stream().filter(it -> !responders.contains(it)).toList();
    synchronized (kept) {
      kept.keySet().removeIf(asked -> gone.contains(asked.responder()));
    }
  }

  /** Answers for none of a CA's generations any more. */
  public void forget(CAName ca) {
    publish(ca, List.of());
  }

  /**
   * The answer to a request; takes a signature's time if it is the first one.
   *
   * @param der an OCSPRequest, of whatever a client sent
   */
  public OcspAnswer answer(byte[] der, Instant now) {
    Optional<OcspRequest> request = OcspRequest.read(der);
    if (request.isEmpty()) {
      return OcspAnswer.Refusal.MALFORMED_REQUEST;
    }
    List<OcspResponder> responders = byIssuer.getOrDefault(request.get().issuer(), List.of());
    if (responders.isEmpty()) {
      return lacking.isEmpty() ? OcspAnswer.Refusal.UNAUTHORIZED : OcspAnswer.Refusal.TRY_LATER;
    }
    return OcspResponder.choose(request.get(), responders, now)
        .<OcspAnswer>map(responder -> kept(responder, request.get(), now))
        .orElse(OcspAnswer.Refusal.TRY_LATER);
  }

  private OcspAnswer.Signed kept(OcspResponder responder, OcspRequest request, Instant now) {
    Asked asked = new Asked(responder, request.key());
    OcspAnswer.Signed known = kept.get(asked);
    if (known != null) {
      return known;
    }
    OcspAnswer.Signed fresh = responder.sign(request, now);
    kept.put(asked, fresh);
    return fresh;
  }
}
