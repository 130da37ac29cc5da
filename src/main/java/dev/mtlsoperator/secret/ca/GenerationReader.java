package dev.mtlsoperator.secret.ca;

import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the Secrets of generations for one run, so that each version of a Secret is parsed, and its
 * seal checked, once, however often the run looks at it.
 *
 * <p>Lives as long as the run, in one thread.
 */
public final class GenerationReader {
  private final Seal seal;
  private final Map<Version, Sealed> read = new HashMap<>();

  /** What the API server calls one content of one object. */
  private record Version(String namespace, String name, String uid, String resourceVersion) {
    // empty: not an object of the API server
    static Optional<Version> of(Secret secret) {
      ObjectMeta metadata = secret.getMetadata();
      return isPresent(metadata.getUid()) && isPresent(metadata.getResourceVersion())
          ? Optional.of(
              new Version(
                  metadata.getNamespace(),
                  metadata.getName(),
                  metadata.getUid(),
                  metadata.getResourceVersion()))
          : Optional.empty();
    }

    private static boolean isPresent(@Nullable String text) {
      return text != null && !text.isEmpty();
    }
  }

  public GenerationReader(Seal seal) {
    this.seal = seal;
  }

  /**
   * Takes over what was read before the run.
   *
   * @param known each as {@link #read} returned it
   */
  public void learn(Collection<Sealed> known) {
    known.forEach(this::remember);
  }

  /**
   * As {@link GenerationSecret#read}. The result holds the given Secret, which may be redacted
   * where the one that was read first is not, or the other way round.
   */
  public Optional<Sealed> read(String namespace, String rootCA, Secret secret) {
    return Version.of(secret)
        .flatMap(version -> Optional.ofNullable(read.get(version)))
        .filter(known -> isOf(namespace, rootCA, known) && showsAll(secret, known))
        .map(known -> new Sealed(known.generation(), known.proof(), secret))
        .or(
            () -> {
              Optional<Sealed> fresh = GenerationSecret.read(namespace, rootCA, secret, seal);
              fresh.ifPresent(this::remember);
              return fresh;
            });
  }

  private static boolean isOf(String namespace, String rootCA, Sealed known) {
    ObjectMeta metadata = known.secret().getMetadata();
    return metadata.getNamespace().equals(namespace)
        && GenerationSecret.number(rootCA, metadata.getName()).isPresent();
  }

  // a cache may shorten what is too large, and is then judged by what it kept
  private static boolean showsAll(Secret copy, Sealed known) {
    return GenerationFiles.showSame(copy, known.secret())
        && GenerationNotes.showSame(copy, known.secret());
  }

  private void remember(Sealed sealed) {
    Version.of(sealed.secret()).ifPresent(version -> read.put(version, sealed));
  }
}
