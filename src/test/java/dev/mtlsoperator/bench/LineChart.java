package dev.mtlsoperator.bench;

import java.util.List;
import java.util.Locale;

/**
 * A chart in SVG: figures against numbers of leaves, both from zero but for the logarithmic x axis.
 */
final class LineChart {
  private static final int WIDTH = 360;
  private static final int HEIGHT = 220;
  private static final int LEFT = 52;
  private static final int RIGHT = 16;
  private static final int TOP = 30;
  private static final int BOTTOM = 34;
  private static final int GRID = 4;

  private LineChart() {}

  /** A point of a panel, with the least and the most that was measured there. */
  record Point(int leaves, double median, double least, double most) {
    static Point of(int leaves, Figure figure) {
      return new Point(
          leaves,
          figure.median(),
          figure.samples().stream().mapToDouble(d -> d).min().orElseThrow(),
          figure.samples().stream().mapToDouble(d -> d).max().orElseThrow());
    }
  }

  /** A curve under a title, with at least one point, by rising numbers of leaves. */
  record Panel(String title, List<Point> points) {
    Panel {
      points = List.copyOf(points);
    }
  }

  /** Panels side by side. */
  static String of(List<Panel> panels) {
    StringBuilder svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#555\">",
        WIDTH * panels.size(),
        HEIGHT);
    for (int i = 0; i < panels.size(); i++) {
      line(svg, "<g transform=\"translate(%d 0)\">", i * WIDTH);
      draw(svg, panels.get(i));
      line(svg, "</g>");
    }
    line(svg, "</svg>");
    return svg.toString();
  }

  private static void draw(StringBuilder svg, Panel panel) {
    double top = roundUp(panel.points().stream().mapToDouble(Point::most).max().orElseThrow());
    line(svg, "<text x=\"%d\" y=\"16\" font-weight=\"bold\">%s</text>", LEFT, panel.title());
    for (int i = 0; i <= GRID; i++) {
      double value = top * i / GRID;
      double y = y(value, top);
      line(
          svg,
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ccc\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>",
          LEFT,
          y,
          WIDTH - RIGHT,
          y,
          LEFT - 6,
          y + 4,
          value);
    }
    StringBuilder curve = new StringBuilder();
    for (Point point : panel.points()) {
      double x = x(point.leaves(), panel.points());
      curve.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(point.median(), top)));
      line(
          svg,
          "<line x1=\"%1$.1f\" y1=\"%2$.1f\" x2=\"%1$.1f\" y2=\"%3$.1f\" stroke=\"#06c\"/><circle cx=\"%1$.1f\" cy=\"%4$.1f\" r=\"3\" fill=\"#06c\"/><text x=\"%1$.1f\" y=\"%5$d\" text-anchor=\"middle\">%6$,d</text>",
          x,
          y(point.least(), top),
          y(point.most(), top),
          y(point.median(), top),
          HEIGHT - BOTTOM + 16,
          point.leaves());
    }
    line(
        svg,
        "<polyline points=\"%s\" fill=\"none\" stroke=\"#06c\" stroke-width=\"1.5\"/>",
        curve.toString().trim());
    line(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">leaves</text>",
        (LEFT + WIDTH - RIGHT) / 2,
        HEIGHT - 4);
  }

  private static double x(int leaves, List<Point> points) {
    double least = Math.log(points.get(0).leaves());
    double most = Math.log(points.get(points.size() - 1).leaves());
    double part = most == least ? 0.5 : (Math.log(leaves) - least) / (most - least);
    // not on the axes themselves
    return LEFT + 20 + part * (WIDTH - RIGHT - LEFT - 40);
  }

  private static double y(double value, double top) {
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
  }

  /** The next of 1, 2, 4 or 8 times a power of ten. */
  private static double roundUp(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    return List.of(1, 2, 4, 8, 10).stream()
        .mapToDouble(step -> step * power)
        .filter(rounded -> rounded >= value)
        .findFirst()
        .orElseThrow();
  }

  private static void line(StringBuilder svg, String form, Object... values) {
    svg.append(String.format(Locale.ROOT, form, values)).append('\n');
  }
}
