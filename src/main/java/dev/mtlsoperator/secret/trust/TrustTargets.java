package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import io.fabric8.kubernetes.api.model.Namespace;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The places to which the copies of a CA's trust bundle belong.
 *
 * @param targets places that get a copy
 * @param skipped messages about what is left out, and why
 * @param unseen messages about what the operator cannot see
 */
public record TrustTargets(List<Target> targets, List<String> skipped, List<String> unseen) {

  public TrustTargets {
    targets = List.copyOf(targets);
    skipped = List.copyOf(skipped);
    unseen = List.copyOf(unseen);
  }

  /**
   * A place, and the entry of the spec that asks for it.
   *
   * @param only the only certificate that belongs there; empty: all of the trust bundle
   */
  public record Target(TrustBundle bundle, TrustPlace place, Optional<X509Certificate> only) {
    /** A place for all certificates. */
    public Target(TrustBundle bundle, TrustPlace place) {
      this(bundle, place, Optional.empty());
    }

    /** What belongs there. */
    public TrustContent of(TrustContent bundled) {
      return only.map(bundled::only).orElse(bundled);
    }

    /** The generations that the other objects of the same bundle hold, and this one cannot. */
    public Set<Integer> heldByOthers(TrustContent bundled) {
      Set<Integer> others = new HashSet<>(bundled.generations().keySet());
      others.removeAll(of(bundled).generations().keySet());
      return Set.copyOf(others);
    }
  }

  /** Whether ClusterTrustBundles can be written. */
  public enum ClusterApi {
    SERVED,
    MISSING
  }

  /**
   * The targets in the spec of a RootCA.
   *
   * @param content a split bundle has a place for each certificate
   * @param existing places that have a copy of this RootCA
   * @param namespaces all namespaces; empty if the operator does not watch them
   */
  public static TrustTargets of(
      RootCA ca,
      TrustContent content,
      Set<TrustPlace> existing,
      Optional<Collection<Namespace>> namespaces,
      ClusterApi api) {
    Search search = new Search(ca, content, existing, namespaces, api);
    ca.getSpec().trustBundles().forEach(search::add);
    return new TrustTargets(search.targets, search.skipped, search.unseen);
  }

  /** Whether a namespace accepts trust bundles from RootCAs of another one. */
  public static boolean accepts(Namespace namespace, String from) {
    return Arrays.stream(annotation(namespace, Api.ACCEPT_TRUST_ANNOTATION).split(",", -1))
        .map(String::trim)
        .anyMatch(accepted -> accepted.equals("*") || accepted.equals(from));
  }

  /**
   * Whether a bundle selects a namespace, and the namespace consents.
   *
   * @param own the RootCA's namespace
   */
  public static boolean reaches(String own, TrustBundle bundle, Namespace namespace) {
    String name = namespace.getMetadata().getName();
    Map<String, String> labels = namespace.getMetadata().getLabels();
    return bundle
            .effectiveNamespaces()
            .include(own, name, Optional.of(labels == null ? Map.of() : labels))
        && (name.equals(own) || accepts(namespace, own));
  }

  /** Whether RootCAs in a namespace may have ClusterTrustBundles. */
  public static boolean allowsClusterTrust(Namespace namespace) {
    return annotation(namespace, Api.CLUSTER_TRUST_ANNOTATION).equals("true");
  }

  /** Whether a namespace is being deleted, so that nothing can be created there. */
  public static boolean isTerminating(Namespace namespace) {
    return namespace.getMetadata().getDeletionTimestamp() != null;
  }

  private static String annotation(Namespace namespace, String key) {
    Map<String, String> all = namespace.getMetadata().getAnnotations();
    return all == null ? "" : all.getOrDefault(key, "");
  }

  private static final class Search {
    private final RootCA ca;
    private final String own;
    private final TrustContent content;
    private final Set<TrustPlace> existing;
    private final Optional<Collection<Namespace>> namespaces;
    private final ClusterApi api;
    private final List<Target> targets = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private final List<String> unseen = new ArrayList<>();

    Search(
        RootCA ca,
        TrustContent content,
        Set<TrustPlace> existing,
        Optional<Collection<Namespace>> namespaces,
        ClusterApi api) {
      this.ca = ca;
      this.own = ca.getMetadata().getNamespace();
      this.content = content;
      this.existing = existing;
      this.namespaces = namespaces;
      this.api = api;
    }

    void add(TrustBundle bundle) {
      if (bundle.kind() == TrustBundleKind.ClusterTrustBundle) {
        ofCluster(bundle);
      } else if (!bundle.effectiveNamespaces().reachOut()) {
        take(bundle, own);
      } else if (namespaces.isEmpty()) {
        unseen.add(
            words(bundle)
                + " is for namespaces by a selector, and this operator watches only those that it was told of: ask for namespaces.from: Same, or have the operator watch all namespaces");
      } else {
        selected(bundle, namespaces.get());
      }
    }

    private void take(TrustBundle bundle, String namespace) {
      if (bundle.isSplit()) {
        split(bundle, namespace);
      } else {
        targets.add(new Target(bundle, TrustPlace.in(namespace, bundle.kind(), bundle.name())));
      }
    }

    private void split(TrustBundle bundle, String namespace) {
      Function<X509Certificate, TrustPlace> place =
          c -> TrustPlace.in(namespace, bundle.kind(), SplitObjects.name(bundle, c));
      Set<X509Certificate> chosen =
          SplitObjects.chosen(content, c -> existing.contains(place.apply(c)));
      chosen.forEach(c -> targets.add(new Target(bundle, place.apply(c), Optional.of(c))));
      int left = content.certificates().size() - chosen.size();
      if (left > 0) {
        skipped.add(
            TrustPlace.in(namespace, bundle.kind(), bundle.name())
                + " is not written for "
                + left
                + " certificates of additionalTrust: with split there are at most "
                + SplitObjects.MOST
                + " objects. Remove some certificates, or leave split out");
      }
    }

    private void ofCluster(TrustBundle bundle) {
      TrustPlace place = TrustPlace.ofCluster(own, bundle.name());
      Optional<String> why = clusterTrustRefused();
      if (why.isPresent()) {
        skipped.add(place + " is not written: " + why.get());
      } else {
        targets.add(new Target(bundle, place));
      }
    }

    private Optional<String> clusterTrustRefused() {
      if (namespaces.isEmpty()) {
        return Optional.of(
            "this operator watches only the namespaces that it was told of, and has no rights on what belongs to the whole cluster");
      }
      if (api == ClusterApi.MISSING) {
        return Optional.of(
            "the API server does not serve ClusterTrustBundles (certificates.k8s.io/v1 from Kubernetes 1.37 on, or v1beta1) or did not when the operator started");
      }
      return namespaces.get().stream()
              .anyMatch(n -> n.getMetadata().getName().equals(own) && allowsClusterTrust(n))
          ? Optional.empty()
          : Optional.of(
              "the whole cluster would see it, so Namespace '"
                  + own
                  + "' needs the annotation "
                  + Api.CLUSTER_TRUST_ANNOTATION
                  + "=true");
    }

    private void selected(TrustBundle bundle, Collection<Namespace> all) {
      boolean elsewhere = false;
      for (Namespace namespace : all) {
        String name = namespace.getMetadata().getName();
        if (reaches(own, bundle, namespace) && !isTrustConfigMap(bundle, name)) {
          elsewhere |= !name.equals(own);
          if (isTerminating(namespace)) {
            skipped.add(
                TrustPlace.in(name, bundle.kind(), bundle.name())
                    + " is not written: its namespace is being deleted");
          } else {
            take(bundle, name);
          }
        }
      }
      if (!elsewhere) {
        // the same message whether the namespace is missing or does not consent
        skipped.add(
            words(bundle)
                + " is in no other namespace: none is selected that agrees by the annotation "
                + Api.ACCEPT_TRUST_ANNOTATION
                + "="
                + own);
      }
    }

    // it is there already
    private boolean isTrustConfigMap(TrustBundle bundle, String namespace) {
      return namespace.equals(own)
          && !bundle.isSplit()
          && bundle.kind() == TrustBundleKind.ConfigMap
          && bundle.name().equals(TrustConfigMap.name(ca.getMetadata().getName()));
    }

    private static String words(TrustBundle bundle) {
      return bundle.kind() + " '" + bundle.name() + "'";
    }
  }
}
