package dev.mtlsoperator.cli.manifest;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.extensions.CelStringExtensions.Function;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelStandardFunctions.StandardFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * CEL with those functions of Kubernetes that the rules of the CRDs use: the standard library, a
 * few of the string extensions, {@code find} and {@code findAll}. A rule that uses another one does
 * not compile. Regular expressions are RE2's, as in the API server.
 */
final class KubernetesCel {
  /**
   * Category Zs as Go and Java know it; RE2/J still counts U+180E, which left it in Unicode 6.3.
   */
  private static final String SPACES =
      "\\x{20}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}";

  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  /** By the types of {@code self} and of the result. */
  private static final Map<List<CelType>, Cel> ENVIRONMENTS = new ConcurrentHashMap<>();

  private KubernetesCel() {}

  /** An expression over {@code self} and {@code oldSelf}, ready to be evaluated. */
  record Expression(String text, CelRuntime.Program program) {
    /** Its value; an expression that ends in an error is a fault of the rule, thus of the test. */
    Object value(Map<String, ?> variables) {
      try {
        return program.eval(variables);
      } catch (CelEvaluationException e) {
        throw new AssertionError(text + " fails for " + variables, e);
      }
    }
  }

  /**
   * Compiles an expression.
   *
   * @param self the type of {@code self} and {@code oldSelf}
   * @param result the type that it must have
   */
  static Expression compile(String text, CelType self, CelType result) {
    Cel cel = ENVIRONMENTS.computeIfAbsent(List.of(self, result), it -> environment(self, result));
    try {
      return new Expression(text, cel.createProgram(cel.compile(text).getAst()));
    } catch (CelValidationException | CelEvaluationException e) {
      throw new AssertionError(text + " is not understood: " + e.getMessage(), e);
    }
  }

  private static Cel environment(CelType self, CelType result) {
    return CelFactory.plannerCelBuilder()
        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
        .setStandardFunctions(
            CelStandardFunctions.newBuilder().excludeFunctions(StandardFunction.MATCHES).build())
        .addCompilerLibraries(strings())
        .addRuntimeLibraries(strings())
        .addFunctionDeclarations(
            member("find", "string_find_string", SimpleType.STRING),
            member("findAll", "string_find_all_string", ListType.create(SimpleType.STRING)))
        .addFunctionBindings(
            CelFunctionBinding.fromOverloads(
                "matches",
                CelFunctionBinding.from(
                    "matches_string",
                    String.class,
                    String.class,
                    (string, regex) -> pattern(regex).matcher(string).find())))
        .addFunctionBindings(
            CelFunctionBinding.fromOverloads(
                "find",
                CelFunctionBinding.from(
                    "string_find_string", String.class, String.class, KubernetesCel::find)))
        .addFunctionBindings(
            CelFunctionBinding.fromOverloads(
                "findAll",
                CelFunctionBinding.from(
                    "string_find_all_string", String.class, String.class, KubernetesCel::findAll)))
        .addVar("self", self)
        .addVar("oldSelf", self)
        .setResultType(result)
        .build();
  }

  private static CelStringExtensions strings() {
    return CelExtensions.strings(
        Function.LOWER_ASCII, Function.REPLACE, Function.INDEX_OF, Function.SUBSTRING);
  }

  private static CelFunctionDecl member(String name, String overload, CelType result) {
    return CelFunctionDecl.newFunctionDeclaration(
        name,
        CelOverloadDecl.newMemberOverload(overload, result, SimpleType.STRING, SimpleType.STRING));
  }

  private static String find(String string, String regex) {
    Matcher matcher = pattern(regex).matcher(string);
    return matcher.find() ? matcher.group() : "";
  }

  private static List<String> findAll(String string, String regex) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern(regex).matcher(string);
    while (matcher.find()) {
      if (matcher.start() == matcher.end()) {
        throw new AssertionError(regex + " finds nothing: Go and RE2/J could count it differently");
      }
      found.add(matcher.group());
    }
    return found;
  }

  private static Pattern pattern(String regex) {
    return PATTERNS.computeIfAbsent(regex, it -> Pattern.compile(it.replace("\\p{Zs}", SPACES)));
  }
}
