package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.ocsp.OcspResponder;
import dev.mtlsoperator.pki.ocsp.OcspSigner;
import dev.mtlsoperator.pki.ocsp.OcspSigners;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the OCSP responders of one RootCA after the other, each from what the caches hold. */
final class OcspDuty {
  private static final Logger LOG = LoggerFactory.getLogger(OcspDuty.class);

  /** The delay after a key could not be read. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final Function<CAName, List<Secret>> secrets;
  private final Function<CAName, SortedMap<Integer, Crl>> crls;
  private final Keys keys;
  private final Seal seal;
  private final OcspSigners signers = new OcspSigners();

  /**
   * Reads the caches.
   *
   * @param secrets those of a RootCA: of its generations, and the record of its CRLs
   * @param crls those that are published, by generation
   * @param keys asked only when the certificate of a responder is due
   */
  OcspDuty(
      Function<CAName, List<Secret>> secrets,
      Function<CAName, SortedMap<Integer, Crl>> crls,
      Keys keys,
      Seal seal) {
    this.secrets = secrets;
    this.crls = crls;
    this.keys = keys;
    this.seal = seal;
  }

  /** Reads the key of a generation; empty: it is not there. */
  @FunctionalInterface
  interface Keys {
    /**
     * Asks the API server.
     *
     * @throws KubernetesClientException if it does not answer
     */
    Optional<CertificateAuthority> find(String rootCA, Sealed generation, GenerationReader reader);
  }

  /** What a responder was made of. */
  private record Made(Crl crl, OcspSigner signer, OcspResponder responder) {}

  /**
   * The responders of a RootCA.
   *
   * @param versions of what they were made from
   * @param isComplete whether each generation that should have one has it
   * @param dueAt when it is time for other ones, if nothing changes before
   */
  record Done(List<String> versions, Map<Integer, Made> made, boolean isComplete, Instant dueAt) {
    Done {
      versions = List.copyOf(versions);
      made = Map.copyOf(made);
    }

    static Done nothing() {
      return new Done(List.of(), Map.of(), false, Instant.MIN);
    }

    List<OcspResponder> responders() {
      return made.values().stream().map(Made::responder).toList();
    }
  }

  /**
   * Makes what is missing or due.
   *
   * @return {@code before}, if that is still what it should be
   */
  Done fulfil(RootCA ca, Done before, Instant now) {
    CAName name = CAName.of(ca);
    List<Secret> found = secrets.apply(name);
    List<String> versions =
        Stream.concat(Stream.of(ca), found.stream()).map(OcspDuty::version).sorted().toList();
    if (before.versions().equals(versions) && now.isBefore(before.dueAt())) {
      return before;
    }
    GenerationReader reader = new GenerationReader(seal);
    List<Sealed> sealed = GenerationSecrets.sealed(found, name.namespace(), name.name(), reader);
    CaGenerations generations = GenerationSecrets.generations(sealed, found, ReportedStatus.of(ca));
    SortedMap<Integer, Crl> published = crls.apply(name);
    SortedMap<Integer, Made> made = new TreeMap<>();
    List<CaGeneration> answering = answering(generations.at(now), published, now);
    for (CaGeneration generation : answering) {
      made(name, generation, published, before, sealed, reader, now)
          .ifPresent(it -> made.put(generation.number(), it));
    }
    boolean complete = made.size() == answering.size();
    return new Done(versions, made, complete, due(made, complete, now));
  }

  private static Instant due(SortedMap<Integer, Made> made, boolean complete, Instant now) {
    return Stream.concat(
            made.values().stream().map(it -> it.signer().dueAt()),
            complete ? Stream.of() : Stream.of(now.plus(AGAIN)))
        // a former signer goes on while there is no other one
        .map(due -> now.isBefore(due) ? due : now.plus(AGAIN))
        .min(Instant::compareTo)
        .orElse(Instant.MAX);
  }

  // the key of a distrusted generation may be somebody else's
  private static List<CaGeneration> answering(
      CaGenerations generations, SortedMap<Integer, Crl> published, Instant now) {
    Set<Fingerprint> distrusted = generations.distrusted();
    List<CaGeneration> trusted = generations.trusted();
    return generations.there().stream()
        .filter(g -> published.containsKey(g.number()) || trusted.contains(g))
        .filter(g -> !g.contains(distrusted) && !g.isExpired(now))
        .filter(g -> Crl.maySign(g.certificate()))
        .toList();
  }

  private Optional<Made> made(
      CAName ca,
      CaGeneration generation,
      SortedMap<Integer, Crl> published,
      Done before,
      List<Sealed> sealed,
      GenerationReader reader,
      Instant now) {
    Crl crl = published.get(generation.number());
    // the record of a former RootCA with that name is replaced soon
    if (crl == null || !crl.isSignedBy(generation.certificate())) {
      return Optional.empty();
    }
    Made known = before.made().get(generation.number());
    return signer(ca, generation, sealed, reader, now)
        .map(
            signer ->
                // its answers are kept with it
                known != null && known.crl().equals(crl) && known.signer().equals(signer)
                    ? known
                    : new Made(
                        crl, signer, new OcspResponder(generation.certificate(), signer, crl)));
  }

  private Optional<OcspSigner> signer(
      CAName ca,
      CaGeneration generation,
      List<Sealed> sealed,
      GenerationReader reader,
      Instant now) {
    try {
      return signers.of(
          generation.certificate(), () -> key(ca, generation.number(), sealed, reader), now);
    } catch (PkiException e) {
      LOG.atWarn()
          .addKeyValue("namespace", ca.namespace())
          .addKeyValue("name", ca.name())
          .addKeyValue("generation", generation.number())
          .log("no OCSP responder can be certified: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<CertificateAuthority> key(
      CAName ca, int generation, List<Sealed> sealed, GenerationReader reader) {
    try {
      return sealed.stream()
          .filter(g -> g.number() == generation)
          .findFirst()
          .flatMap(g -> keys.find(ca.name(), g, reader));
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("namespace", ca.namespace())
          .addKeyValue("name", ca.name())
          .addKeyValue("generation", generation)
          .addKeyValue("code", e.getCode())
          .log("the key that certifies an OCSP responder could not be read");
      return Optional.empty();
    }
  }

  private static String version(HasMetadata object) {
    return object.getMetadata().getUid() + "/" + object.getMetadata().getResourceVersion();
  }
}
