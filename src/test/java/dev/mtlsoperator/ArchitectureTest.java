package dev.mtlsoperator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.Provider;
import java.security.Security;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The house: arrows go only downwards, and what is pure stays pure. */
@ArchTag("once")
@AnalyzeClasses(packages = "dev.mtlsoperator", importOptions = ImportOption.DoNotIncludeTests.class)
@ArchTag("once")
final class ArchitectureTest {
  private static final String BASE = "dev.mtlsoperator";

  @ArchTest
  static final ArchRule ARROWS_GO_ONLY_DOWNWARDS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("program")
          .definedBy("dev.mtlsoperator")
          .layer("cli")
          .definedBy("..cli..")
          .layer("operator")
          .definedBy("..operator..")
          .layer("reconcile")
          .definedBy("..reconcile..")
          .layer("secret")
          .definedBy("..secret..")
          .layer("rotation")
          .definedBy("..rotation..")
          .layer("pki")
          .definedBy("..pki..")
          .layer("api")
          .definedBy("..api..")
          .withOptionalLayers(true)
          .whereLayer("program")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("cli")
          .mayOnlyBeAccessedByLayers("program")
          .whereLayer("operator")
          .mayOnlyBeAccessedByLayers("program")
          .whereLayer("reconcile")
          .mayOnlyBeAccessedByLayers("operator")
          .whereLayer("secret")
          .mayOnlyBeAccessedByLayers("cli", "operator", "reconcile")
          .whereLayer("rotation")
          .mayOnlyBeAccessedByLayers("cli", "operator", "reconcile", "secret")
          .whereLayer("pki")
          .mayOnlyBeAccessedByLayers("cli", "operator", "reconcile", "secret", "rotation");

  /** Of each room: whose rooms it may use beside its own. */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          entry("api"),
          entry("api.ca", "api"),
          entry("api.leaf", "api"),
          entry("api.rules", "api", "api.ca", "api.leaf"),
          entry("pki.encoding"),
          entry("pki.key", "pki.encoding"),
          entry("pki.name", "pki.encoding"),
          entry("pki.revocation", "pki.encoding", "pki.key"),
          entry("pki", "pki.encoding", "pki.key", "pki.name", "pki.revocation"),
          entry("pki.ocsp", "pki", "pki.encoding", "pki.key", "pki.name", "pki.revocation"),
          entry("pki.advice", "pki", "pki.encoding", "pki.key", "pki.name"),
          entry("rotation"),
          entry("rotation.fair"),
          entry("rotation.restart"),
          entry("rotation.generation", "rotation"),
          entry("rotation.request", "rotation", "rotation.generation"),
          entry(
              "rotation.leaf",
              "rotation",
              "rotation.fair",
              "rotation.generation",
              "rotation.request",
              "rotation.revocation"),
          entry("rotation.revocation", "rotation", "rotation.generation"),
          entry(
              "rotation.ca",
              "rotation",
              "rotation.generation",
              "rotation.request",
              "rotation.revocation"),
          entry("secret"),
          entry("secret.ca", "secret"),
          entry("secret.trust", "secret"),
          entry("secret.leaf", "secret", "secret.trust"),
          entry("secret.cache", "secret", "secret.ca", "secret.leaf", "secret.trust"),
          entry("reconcile.kube"),
          entry("reconcile.fair", "reconcile.kube"),
          entry("reconcile.restart", "reconcile.kube"),
          entry("reconcile.context", "reconcile.fair", "reconcile.kube", "reconcile.restart"),
          entry("reconcile.trust", "reconcile.context", "reconcile.kube"),
          entry("reconcile.revocation", "reconcile.context", "reconcile.kube"),
          entry(
              "reconcile.leaf",
              "reconcile.context",
              "reconcile.fair",
              "reconcile.kube",
              "reconcile.restart"),
          entry(
              "reconcile.ca",
              "reconcile.context",
              "reconcile.fair",
              "reconcile.kube",
              "reconcile.trust",
              "reconcile.revocation"),
          entry("operator.http"),
          entry("operator", "operator.http"),
          entry("cli.manifest"),
          entry("cli.revocation"),
          entry("cli", "cli.manifest", "cli.revocation"),
          entry("cli.export", "cli"),
          entry(""));

  private static Map.Entry<String, Set<String>> entry(String room, String... uses) {
    return Map.entry(room, Set.of(uses));
  }

  /** Within a layer the arrows are those of {@link #ARROWS}; layers are judged above. */
  @ArchTest
  static void roomsUseOnlyThoseThatTheyMay(JavaClasses classes) {
    List<String> wrong =
        classes.stream()
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .filter(it -> it.getTargetClass().getPackageName().startsWith(BASE))
            .filter(it -> !mayUse(room(it.getOriginClass()), room(it.getTargetClass())))
            .map(it -> it.getOriginClass().getName() + " -> " + it.getTargetClass().getName())
            .distinct()
            .sorted()
            .toList();

    assertThat(wrong).isEmpty();
  }

  private static boolean mayUse(String from, String to) {
    return from.equals(to)
        || !layer(from).equals(layer(to))
        || ARROWS.getOrDefault(from, Set.of()).contains(to);
  }

  private static String room(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(BASE) ? "" : name.substring(BASE.length() + 1);
  }

  private static String layer(String room) {
    return room.split("\\.", 2)[0];
  }

  /**
   * Two threads that initialize one class each of a cycle wait for each other for ever (JVMS
   * section 5.5), and with them everybody who needs one of the two.
   */
  @ArchTest
  static void noTwoClassesInitializeEachOther(JavaClasses classes) {
    Map<JavaClass, Set<JavaClass>> needs =
        classes.stream().collect(Collectors.toMap(it -> it, ArchitectureTest::initializedBy));
    List<String> cycles =
        classes.stream()
            .filter(type -> reachable(type, needs).contains(type))
            .map(type -> type.getName() + " -> " + needs.get(type))
            .sorted()
            .toList();

    assertThat(cycles).isEmpty();
    assertThat(needs.values().stream().mapToInt(Set::size).sum()).isGreaterThan(100);
  }

  private static Set<JavaClass> reachable(JavaClass from, Map<JavaClass, Set<JavaClass>> needs) {
    Set<JavaClass> seen = new HashSet<>();
    Deque<JavaClass> open = new ArrayDeque<>(needs.get(from));
    while (!open.isEmpty()) {
      JavaClass next = open.remove();
      if (seen.add(next)) {
        open.addAll(needs.getOrDefault(next, Set.of()));
      }
    }
    return seen;
  }

  /** The classes of ours that a class's own initialization initializes, through any method. */
  private static Set<JavaClass> initializedBy(JavaClass type) {
    Set<JavaClass> found = new HashSet<>();
    Set<JavaCodeUnit> seen = new HashSet<>();
    Deque<JavaCodeUnit> open = new ArrayDeque<>();
    type.getStaticInitializer().ifPresent(open::add);
    while (!open.isEmpty()) {
      JavaCodeUnit unit = open.remove();
      if (!seen.add(unit)) {
        continue;
      }
      for (JavaAccess<?> access : unit.getAccessesFromSelf()) {
        JavaClass owner = access.getTargetOwner();
        // what a lambda does is done later
        if (!access.isDeclaredInLambda() && owner.getPackageName().startsWith(BASE)) {
          if (!owner.equals(type)) {
            found.add(owner);
          }
          access
              .getTarget()
              .resolveMember()
              .filter(JavaCodeUnit.class::isInstance)
              .map(JavaCodeUnit.class::cast)
              .ifPresent(open::add);
        }
      }
    }
    return found;
  }

  @ArchTest
  static void eachRoomIsNamedHereAndHasAtMost25Types(JavaClasses classes) {
    Map<String, Long> types =
        classes.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(ArchitectureTest::room, Collectors.counting()));

    assertThat(types.keySet()).isEqualTo(ARROWS.keySet());
    assertThat(types)
        .allSatisfy((room, count) -> assertThat(count).as(room).isLessThanOrEqualTo(25));
  }

  @ArchTest
  static final ArchRule NO_TWO_PACKAGES_NEED_EACH_OTHER =
      slices().matching("(**)").should().beFreeOfCycles();

  @ArchTest
  static void noTwoTypesHaveOneSimpleName(JavaClasses classes) {
    Map<String, List<String>> named =
        classes.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getSimpleName,
                    Collectors.mapping(JavaClass::getName, Collectors.toList())));

    assertThat(named).allSatisfy((name, all) -> assertThat(all).as(name).hasSize(1));
  }

  @ArchTest
  static final ArchRule PKI_KNOWS_NEITHER_KUBERNETES_NOR_US =
      noClasses()
          .that()
          .resideInAPackage("..pki..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.fabric8..", "io.javaoperatorsdk..", "..api..", "..rotation..", "..secret..");

  @ArchTest
  static final ArchRule PROVIDERS_ARE_GIVEN_TO_WHOEVER_COMPUTES_AND_NEVER_REGISTERED =
      noClasses()
          .should()
          .callMethod(Security.class, "addProvider", Provider.class)
          .orShould()
          .callMethod(Security.class, "insertProviderAt", Provider.class, int.class)
          .orShould()
          .callMethod(Security.class, "removeProvider", String.class);

  @ArchTest
  static final ArchRule TIME_IS_AN_ARGUMENT =
      noClasses()
          .that()
          .resideInAnyPackage("..pki..", "..rotation..", "..secret..", "..api..")
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class);

  /** And {@code export}, which reads one Secret for a person. */
  @ArchTest
  static final ArchRule ONLY_RECONCILERS_AND_THEIR_START_TALK_TO_KUBERNETES =
      noClasses()
          .that()
          .resideOutsideOfPackages("..reconcile..", "..operator..", "..cli.export..")
          .and()
          .doNotBelongToAnyOf(Main.class)
          .should()
          .dependOnClassesThat()
          .areAssignableTo(KubernetesClient.class);

  @ArchTest
  static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
      classes()
          .should()
          .haveSimpleNameNotEndingWith("Utils")
          .andShould()
          .haveSimpleNameNotEndingWith("Util")
          .andShould()
          .haveSimpleNameNotEndingWith("Manager")
          .andShould()
          .haveSimpleNameNotEndingWith("Helper");
}
