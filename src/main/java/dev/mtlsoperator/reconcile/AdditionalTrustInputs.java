package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.AdditionalTrust;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.TrustInputRef;
import dev.mtlsoperator.pki.CaCertificates;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.PkiException;
import dev.mtlsoperator.rotation.CaGeneration;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Lineage;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code additionalTrust} of RootCAs. What was published stays while something of it
 * cannot be read: that it is missing is no evidence that nobody needs it.
 */
final class AdditionalTrustInputs {
  /** All of them together; every verifier holds them in memory. */
  private static final int MOST_CERTIFICATES = 100;

  private final CaWatches watches;
  private final Surroundings surroundings;

  AdditionalTrustInputs(CaWatches watches, Surroundings surroundings) {
    this.watches = watches;
    this.surroundings = surroundings;
  }

  /**
   * What is to be trusted beside the CA's own generations; it is remembered for its leaves.
   *
   * @param published the CA's trust ConfigMap
   */
  AdditionalTrusts.Known read(RootCA ca, Lineage lineage, Optional<ConfigMap> published) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    Optional<AdditionalTrusts.Known> before = surroundings.additionalTrusts().of(namespace, name);
    if (ca.getSpec().additionalTrust().isEmpty() && before.isEmpty()) {
      return AdditionalTrusts.Known.none();
    }
    Gathering gathering = new Gathering(surroundings.now());
    ca.getSpec().additionalTrust().forEach(entry -> gathering.add(() -> certificates(ca, entry)));
    if (gathering.problem != null) {
      gathering.keep(
          before
              .map(AdditionalTrusts.Known::certificates)
              .orElseGet(
                  () ->
                      published
                          .map(map -> TrustConfigMap.additional(ca, map, surroundings.seal()))
                          .orElse(List.of())));
    }
    AdditionalTrusts.Known found = gathering.known(lineage);
    surroundings.additionalTrusts().remember(namespace, name, found);
    return found;
  }

  /** A reason why an entry cannot be used. */
  private static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Finding why;

    Unusable(Finding why) {
      super(why.message());
      this.why = why;
    }
  }

  @FunctionalInterface
  private interface Source {
    List<X509Certificate> read() throws Unusable;
  }

  private static final class Gathering {
    private final Instant now;
    private final SortedMap<String, X509Certificate> all = new TreeMap<>();
    private @Nullable Finding problem;

    Gathering(Instant now) {
      this.now = now;
    }

    void add(Source source) {
      try {
        List<X509Certificate> some = source.read();
        if (all.size() + some.size() > MOST_CERTIFICATES) {
          throw new Unusable(
              new Finding(
                  Reason.InvalidInput,
                  "additionalTrust holds more than "
                      + MOST_CERTIFICATES
                      + " certificates: leave some out"));
        }
        keep(some);
      } catch (Unusable e) {
        problem = problem == null ? e.why : problem;
      }
    }

    void keep(Collection<X509Certificate> some) {
      some.stream()
          .filter(c -> now.isBefore(c.getNotAfter().toInstant()))
          .forEach(c -> all.put(Fingerprint.of(c).text(), c));
    }

    // what the CA trusts, trusted, or distrusts is for its own rotation to say
    AdditionalTrusts.Known known(Lineage lineage) {
      lineage.distrusted().forEach(f -> all.remove(f.text()));
      for (CaGeneration generation : lineage.generations()) {
        all.remove(generation.fingerprint().text());
        all.remove(Fingerprint.of(generation.anchor()).text());
      }
      return new AdditionalTrusts.Known(List.copyOf(all.values()), Optional.ofNullable(problem));
    }
  }

  private List<X509Certificate> certificates(RootCA ca, AdditionalTrust entry) throws Unusable {
    String namespace = ca.getMetadata().getNamespace();
    TrustInputRef mapRef = entry.configMapRef();
    TrustInputRef secretRef = entry.secretRef();
    if (mapRef != null) {
      String place = "ConfigMap '" + mapRef.name() + "', key '" + mapRef.key() + "'";
      return parse(
          place,
          watches
              .inputMap(namespace, mapRef.name())
              .filter(AdditionalTrustInputs::isInput)
              .flatMap(map -> Optional.ofNullable(map.getData()))
              .flatMap(data -> Optional.ofNullable(data.get(mapRef.key())))
              .orElseThrow(() -> notAvailable("ConfigMap", mapRef)));
    }
    if (secretRef != null) {
      String place = "Secret '" + secretRef.name() + "', key '" + secretRef.key() + "'";
      return parse(
          place, text(namespace, secretRef).orElseThrow(() -> notAvailable("Secret", secretRef)));
    }
    return parse("pem", String.valueOf(entry.pem()));
  }

  private Optional<String> text(String namespace, TrustInputRef ref) {
    Optional<Secret> cached = watches.input(namespace, ref.name()).filter(InputConsent::given);
    Optional<String> plain = cached.flatMap(secret -> SecretData.text(secret, ref.key()));
    if (cached.isEmpty() || plain.isPresent()) {
      return plain;
    }
    // a cache holds only the digest of what may be secret
    return Optional.ofNullable(
            surroundings.client().secrets().inNamespace(namespace).withName(ref.name()).get())
        .filter(InputConsent::given)
        .flatMap(secret -> SecretData.text(secret, ref.key()));
  }

  private static List<X509Certificate> parse(String place, String pem) throws Unusable {
    try {
      return CaCertificates.read(pem);
    } catch (PkiException e) {
      throw new Unusable(
          new Finding(
              Reason.InvalidInput,
              "additionalTrust, "
                  + place
                  + ": "
                  + e.getMessage()
                  + "; what was trusted before stays"));
    }
  }

  // the same words, whether it is missing or its owner did not consent: nobody learns what exists
  private static Unusable notAvailable(String kind, TrustInputRef ref) {
    return new Unusable(
        new Finding(
            Reason.InputNotAvailable,
            "additionalTrust cannot be read: a "
                + kind
                + " '"
                + ref.name()
                + "' with the key '"
                + ref.key()
                + "' and the label "
                + Api.INPUT_LABEL
                + "=true is needed in this namespace; what was trusted before stays"));
  }

  private static boolean isInput(HasMetadata object) {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels != null && "true".equals(labels.get(Api.INPUT_LABEL));
  }
}
