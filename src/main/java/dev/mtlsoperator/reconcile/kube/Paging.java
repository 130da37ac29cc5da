package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import java.util.function.Consumer;
import java.util.function.Function;

/** Lists objects page by page, to bound the memory that a response needs. */
public final class Paging {
  /**
   * Objects per page: ten thousand in one response would need several times the memory of the
   * caches.
   */
  public static final long PAGE = 500;

  /**
   * Custom resources per page: tenants can give each 256 KiB of annotations, and as many labels.
   */
  public static final long OF_RESOURCES = 50;

  /**
   * Secrets and ConfigMaps per page: tenants can label some of 1 MiB like the operator's, and
   * memory holds a whole page two or three times.
   */
  public static final long OF_OTHERS = 10;

  /**
   * The same for kinds with few objects, and for lists of which eight are read at once at startup.
   */
  public static final long OF_FEW = 4;

  private Paging() {}

  /** Reads a list from the API server, page by page. */
  public static <T extends HasMetadata> void forEach(
      Function<ListOptions, ? extends KubernetesResourceList<T>> list, Consumer<? super T> each) {
    forEach(PAGE, list, each);
  }

  /** The same for custom resources. */
  public static <T extends HasMetadata> void ofResources(
      Function<ListOptions, ? extends KubernetesResourceList<T>> list, Consumer<? super T> each) {
    forEach(OF_RESOURCES, list, each);
  }

  /** The same for Secrets or ConfigMaps. */
  public static <T extends HasMetadata> void ofOthers(
      Function<ListOptions, ? extends KubernetesResourceList<T>> list, Consumer<? super T> each) {
    forEach(OF_OTHERS, list, each);
  }

  private static <T extends HasMetadata> void forEach(
      long limit,
      Function<ListOptions, ? extends KubernetesResourceList<T>> list,
      Consumer<? super T> each) {
    String next = null;
    do {
      KubernetesResourceList<T> page =
          list.apply(new ListOptionsBuilder().withLimit(limit).withContinue(next).build());
      page.getItems().forEach(each);
      next = page.getMetadata() == null ? null : page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
  }
}
