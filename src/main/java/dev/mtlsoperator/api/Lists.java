package dev.mtlsoperator.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list that a user left out is an empty one. */
public final class Lists {
  private Lists() {}

  public static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
