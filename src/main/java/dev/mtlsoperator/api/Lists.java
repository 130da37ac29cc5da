package dev.mtlsoperator.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Treats a list that is not set as an empty list. */
public final class Lists {
  private Lists() {}

  public static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
