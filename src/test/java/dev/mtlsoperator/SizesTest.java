package dev.mtlsoperator;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is read in one go stays short enough to be read in one go. */
@Tag("once")
final class SizesTest {
  private static final int LONGEST_FILE = 300;
  private static final int LONGEST_METHOD = 40;
  private static final int LONGEST_CONSTRUCTOR = 20;

  @Test
  void shouldHaveNoFileOfMoreThan300Lines() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : sources()) {
      long lines = Files.readAllLines(file).size();
      if (lines > LONGEST_FILE) {
        tooLong.add(file.getFileName() + " has " + lines + " lines");
      }
    }

    assertThat(tooLong).isEmpty();
  }

  @Test
  void shouldHaveNoMethodOfMoreThan40LinesAndNoConstructorOfMoreThan20() throws IOException {
    List<Body> bodies = bodies();

    assertThat(bodies).hasSizeGreaterThan(1000);
    assertThat(bodies).filteredOn(Body::isTooLong).isEmpty();
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  private record Body(String file, String method, long lines) {
    boolean isTooLong() {
      return lines > (method.equals("<init>") ? LONGEST_CONSTRUCTOR : LONGEST_METHOD);
    }
  }

  private static List<Body> bodies() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Body> found = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources()));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new Measuring(unit, positions, found).scan(unit, null);
      }
    }
    return found;
  }

  /** From the brace that opens a body to the one that closes it. */
  private static final class Measuring extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<Body> found;

    Measuring(CompilationUnitTree unit, SourcePositions positions, List<Body> found) {
      this.unit = unit;
      this.positions = positions;
      this.found = found;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      if (method.getBody() != null) {
        long begin = line(positions.getStartPosition(unit, method.getBody()));
        long end = line(positions.getEndPosition(unit, method.getBody()));
        found.add(
            new Body(unit.getSourceFile().getName(), method.getName().toString(), end - begin + 1));
      }
      return super.visitMethod(method, null);
    }

    private long line(long position) {
      return unit.getLineMap().getLineNumber(position);
    }
  }
}
