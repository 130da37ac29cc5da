package dev.mtlsoperator.reconcile.kube;

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

  /** Our own resources a page: anybody can give each 256 KiB of annotations, and as many labels. */
  public static final long OF_RESOURCES = 50;

  /**
   * Secrets and ConfigMaps a page: anybody can have labelled some of 1 MiB like ours, and a page is
   * held in memory as a whole, two or three times over.
   */
  public static final long OF_OTHERS = 10;

  /** The same, of what there are few, and what is read from eight lists at once at the start. */
  public static final long OF_FEW = 4;

  private Paging() {}

  /** Reads a list from the API server, page by page. */
  public static <T extends HasMetadata> void forEach(
      Function<ListOptions, ? extends KubernetesResourceList<T>> list, Consumer<? super T> each) {
    forEach(PAGE, list, each);
  }

  /** The same, of our own resources. */
  public static <T extends HasMetadata> void ofResources(
      Function<ListOptions, ? extends KubernetesResourceList<T>> list, Consumer<? super T> each) {
    forEach(OF_RESOURCES, list, each);
  }

  /** The same, of Secrets or ConfigMaps. */
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
