package dev.mtlsoperator.cli.manifest;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.rules.Violation;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Resources read from YAML or JSON without a cluster, with defaults set and checked as the API
 * server would check them. A document with a problem is in none of the other lists.
 *
 * @param rootCAs in the order of the text
 * @param leaves in the order of the text
 * @param secrets Secrets, since a password or a CA may be in one; {@code stringData} is merged into
 *     {@code data}
 * @param configMaps ConfigMaps that carry the label of an input
 * @param ignored documents of other kinds
 * @param problems what is wrong, in the order of the text
 * @param places where each resource was read, by identity
 */
public record Manifests(
    List<RootCA> rootCAs,
    List<LeafCert<?>> leaves,
    List<Secret> secrets,
    List<ConfigMap> configMaps,
    List<Ignored> ignored,
    List<Problem> problems,
    IdentityHashMap<HasMetadata, Place> places) {

  /**
   * Where something was read.
   *
   * @param origin where the text came from, such as a file
   * @param document its number in the text, from 1
   */
  public record Place(String origin, int document) {
    @Override
    public String toString() {
      return origin + ", document " + document;
    }
  }

  /**
   * A document of another kind than those of this API.
   *
   * @param origin where the text came from, such as a file
   * @param document its number in the text, from 1
   * @param subject its kind and name, such as {@code Deployment web}
   */
  public record Ignored(String origin, int document, String subject) {}

  /**
   * A mistake in a document.
   *
   * @param origin where the text came from, such as a file
   * @param document its number in the text, from 1; 0: the text as a whole
   * @param subject kind and name, such as {@code ServerCert web}; empty when not known
   * @param violation what is wrong; its path is empty when it is about the whole document
   */
  public record Problem(String origin, int document, String subject, Violation violation) {
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cntrl}\\p{Cf}]");

    /** In one line. */
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(origin);
      if (document > 0) {
        text.append(", document ").append(document);
      }
      if (!subject.isEmpty()) {
        text.append(", ").append(subject);
      }
      text.append(": ");
      text.append(violation.path().isEmpty() ? violation.message() : violation);
      // names of fields are quoted: they cannot control a terminal
      return CONTROLS.matcher(text).replaceAll("?");
    }
  }

  public Manifests {
    rootCAs = List.copyOf(rootCAs);
    leaves = List.copyOf(leaves);
    secrets = List.copyOf(secrets);
    configMaps = List.copyOf(configMaps);
    ignored = List.copyOf(ignored);
    problems = List.copyOf(problems);
    places = new IdentityHashMap<>(places);
  }

  /**
   * Where a resource was read.
   *
   * @throws IllegalArgumentException when the resource was not read here
   */
  public Place place(HasMetadata resource) {
    Place place = places.get(resource);
    if (place == null) {
      throw new IllegalArgumentException("not read here: " + resource.getKind());
    }
    return place;
  }

  /** No resources. */
  public static Manifests none() {
    return new Manifests(
        List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), new IdentityHashMap<>());
  }

  /**
   * Reads a text of any number of documents, at most 3 MiB. Lists ({@code kind: List}) are
   * expanded, documents that are empty skipped. Reports every mistake as a problem and never
   * throws.
   *
   * @param origin where the text comes from, such as a file; it is repeated in problems
   */
  public static Manifests read(String origin, String text) {
    ManifestReader reader = new ManifestReader(origin);
    try {
      int number = 0;
      for (YamlDocument document : YamlDocuments.read(text)) {
        number++;
        if (document != null) {
          reader.document(number, document);
        }
      }
    } catch (YamlDocuments.Unreadable e) {
      reader.problem(0, "", new Violation("", String.valueOf(e.getMessage())));
    }
    return reader.result();
  }

  /** These resources and more. */
  public Manifests plus(Manifests more) {
    IdentityHashMap<HasMetadata, Place> both = new IdentityHashMap<>(places);
    both.putAll(more.places);
    return new Manifests(
        concat(rootCAs, more.rootCAs),
        concat(leaves, more.leaves),
        concat(secrets, more.secrets),
        concat(configMaps, more.configMaps),
        concat(ignored, more.ignored),
        concat(problems, more.problems),
        both);
  }

  private static <T> List<T> concat(List<? extends T> first, List<? extends T> second) {
    return Stream.<T>concat(first.stream(), second.stream()).toList();
  }
}
