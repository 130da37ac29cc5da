package dev.mtlsoperator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import java.util.function.Consumer;
import java.util.function.Function;

/** How lists are read. */
public final class Paging {
  /**
   * Objects a page: ten thousand in one answer would need several times the memory that the caches
   * need for them.
   */
  public static final long PAGE = 500;

  private Paging() {}

  /** Reads a list from the API server, page by page. */
  static <T extends HasMetadata> void forEach(
      Function<ListOptions, ? extends KubernetesResourceList<T>> list, Consumer<? super T> each) {
    String next = null;
    do {
      KubernetesResourceList<T> page =
          list.apply(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
      page.getItems().forEach(each);
      next = page.getMetadata() == null ? null : page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
  }
}
