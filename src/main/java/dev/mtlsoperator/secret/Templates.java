package dev.mtlsoperator.secret;

import dev.mtlsoperator.api.ca.ObjectMetadata;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Labels and annotations that a user wants on objects of the operator. An annotation lists their
 * keys, so that they are removed when they are no longer wanted while those of others stay.
 */
public final class Templates {
  private Templates() {}

  /** Annotations with those of a template and, where it is not empty, the list of its keys. */
  public static Map<String, String> added(
      Map<String, String> annotations, ObjectMetadata template) {
    Map<String, String> all = new HashMap<>(annotations);
    all.putAll(template.annotations());
    String keys = keys(template.labels(), template.annotations());
    if (keys.isEmpty()) {
      all.remove(Keys.TEMPLATE);
    } else {
      all.put(Keys.TEMPLATE, keys);
    }
    return all;
  }

  /** Whether an object, live or cached, has exactly the entries of a template. */
  public static boolean isCurrent(
      HasMetadata found, Map<String, String> labels, Map<String, String> annotations) {
    return digest(found).equals(digest(labels, annotations));
  }

  /** The two parts of an object's metadata that a template sets. */
  public enum Part {
    LABELS("l:"),
    ANNOTATIONS("a:");

    private final String mark;

    Part(String mark) {
      this.mark = mark;
    }

    public Map<String, String> of(HasMetadata object) {
      Map<String, String> all =
          switch (this) {
            case LABELS -> object.getMetadata().getLabels();
            case ANNOTATIONS -> object.getMetadata().getAnnotations();
          };
      return all == null ? Map.of() : all;
    }
  }

  /** The list of keys, as an annotation. */
  public static String keys(Map<String, String> labels, Map<String, String> annotations) {
    TreeSet<String> keys = new TreeSet<>();
    labels.keySet().forEach(key -> keys.add(Part.LABELS.mark + key));
    annotations.keySet().forEach(key -> keys.add(Part.ANNOTATIONS.mark + key));
    return String.join(",", keys);
  }

  /** The entries on an object (null: none) that do not come from a template. */
  public static Map<String, String> others(@Nullable HasMetadata object, Part part) {
    Map<String, String> others = new HashMap<>();
    if (object != null) {
      others.putAll(part.of(object));
      String noted = Part.ANNOTATIONS.of(object).getOrDefault(Keys.TEMPLATE, "");
      for (String key : noted.split(",", -1)) {
        if (key.startsWith(part.mark)) {
          others.remove(key.substring(part.mark.length()));
        }
      }
    }
    return others;
  }

  /**
   * Digest of the entries that come from a template, and of their list, as found on an object; the
   * same for a live object and for its cached projection.
   */
  public static String digest(HasMetadata object) {
    Map<String, String> annotations = Part.ANNOTATIONS.of(object);
    String known = annotations.get(CachedMetadata.TEMPLATE);
    return known == null
        ? digest(annotations.getOrDefault(Keys.TEMPLATE, ""), Part.LABELS.of(object), annotations)
        : known;
  }

  /** The same digest for wanted entries. */
  public static String digest(Map<String, String> labels, Map<String, String> annotations) {
    return digest(keys(labels, annotations), labels, annotations);
  }

  private static String digest(
      String note, Map<String, String> labels, Map<String, String> annotations) {
    StringBuilder all = new StringBuilder(note);
    for (String key : note.split(",", -1)) {
      all.append('\n');
      for (Part part : Part.values()) {
        Map<String, String> found = part == Part.LABELS ? labels : annotations;
        if (key.startsWith(part.mark)) {
          String value = found.get(key.substring(part.mark.length()));
          all.append(value == null ? "none" : Digests.of(value));
        }
      }
    }
    return Digests.of(all.toString());
  }

  public static boolean has(Map<String, String> all, Map<String, String> wanted) {
    return all.entrySet().containsAll(wanted.entrySet());
  }
}
