package dev.mtlsoperator.bench;

import java.util.List;
import java.util.Locale;

/**
 * One thing that was measured several times.
 *
 * @param samples in the order in which they were measured; at least one
 */
record Figure(Unit unit, List<Double> samples) {
  /** What a figure counts, and how it is written. */
  enum Unit {
    SECONDS("%.1f s"),
    MILLISECONDS("%.0f ms"),
    MEBIBYTES("%.0f MiB"),
    PER_SECOND("%.0f/s"),
    RATIO("%.2f"),
    COUNT("%.0f");

    private final String form;

    Unit(String form) {
      this.form = form;
    }

    String write(double value) {
      return String.format(Locale.ROOT, form, value);
    }
  }

  Figure {
    samples = List.copyOf(samples);
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
  }

  /** The middle one; of an even number the lower of the two. */
  double median() {
    return samples.stream().sorted().toList().get((samples.size() - 1) / 2);
  }

  /** The median, and the least and the most where there are several. */
  String text() {
    String median = unit.write(median());
    if (samples.size() == 1) {
      return median;
    }
    double least = samples.stream().mapToDouble(d -> d).min().orElseThrow();
    return median + " (" + unit.write(least) + " to " + unit.write(most()) + ")";
  }

  double most() {
    return samples.stream().mapToDouble(d -> d).max().orElseThrow();
  }
}
