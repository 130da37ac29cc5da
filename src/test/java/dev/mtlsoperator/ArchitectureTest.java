package dev.mtlsoperator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.Provider;
import java.security.Security;
import java.time.Clock;
import java.time.Instant;

/** The house: arrows go only downwards, and what is pure stays pure. */
@AnalyzeClasses(packages = "dev.mtlsoperator", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
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

  @ArchTest
  static final ArchRule ONLY_RECONCILERS_AND_THEIR_START_TALK_TO_KUBERNETES =
      noClasses()
          .that()
          .resideOutsideOfPackages("..reconcile..", "..operator..")
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
