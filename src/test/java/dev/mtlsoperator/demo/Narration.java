package dev.mtlsoperator.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** What a person reads: numbered steps, commands with their output, and what did not come true. */
final class Narration {
  private static final String INDENT = "   ";

  private final PrintStream out;
  private final List<String> unmet = new ArrayList<>();
  private int step;

  Narration(PrintStream out) {
    this.out = out;
  }

  void step(String title) {
    step++;
    out.println();
    out.println(step + ". " + title);
  }

  void say(String text) {
    text.lines().forEach(line -> out.println((INDENT + line).stripTrailing()));
    out.flush();
  }

  /** Notes what was expected, when it is not so; at the end that makes the demo fail. */
  void expect(String what, boolean met) {
    if (!met) {
      unmet.add(what);
      say("NOT AS EXPECTED: " + what);
    }
  }

  /** In the order in which they were noted. */
  List<String> unmet() {
    return List.copyOf(unmet);
  }
}
