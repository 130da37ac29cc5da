package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.pki.advice.AdviceCatalog;
import dev.mtlsoperator.pki.advice.AdviceRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/compatibility.md} lists the rules of the advice, as they are. */
final class CompatibilityPageTest {
  private static final Path PAGE = Path.of("docs", "compatibility.md");

  @Test
  void shouldKeepThePageInStepWithTheRules() throws IOException {
    String wanted = markdown();
    if (Boolean.getBoolean("crds.update")) {
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE).as("out of date: mvn -q -Pregenerate test").content().isEqualTo(wanted);
  }

  private static String markdown() {
    return """
        <!-- written from the rules in pki.advice: do not edit -->
        # Compatibility: who refuses what

        A certificate can be valid and do what its spec asks for, and still a known class of peers refuses it. The operator issues it, and says so:

        - the condition `Advisory` on the RootCA, ServerCert or ClientCert, present only while there is something to say. Its reason is the worst advice; its message tells each: the id, who refuses, what to do.
          `Ready` stays True, and neither `Stalled` nor `Reconciling` is touched;
        - an Event whenever the set of ids changes;
        - the metric `mtls_resources_advised`;
        - `warning: …` on the standard error of `issue`, which ends with 0 nevertheless.

        What does not concern your peers is accepted by its id, several separated by commas; an id that is not on this page is told:

        ```yaml
        metadata:
          annotations:
            %s: ed25519,p521
        ```

        The defaults of all kinds cause no advice. Below, the worst comes first.

        ## RootCAs

        Most of it concerns only a CA that is imported (`spec.import`): its own certificate, those above it, and, where said, those of `additionalTrust`.

        %s
        ## ServerCerts and ClientCerts

        %s
        ## Refused, not advised

        Some of what peers refuse is never published:

        - **A successor of the same subject where one of the two has no subjectKeyIdentifier** (and the keys differ). OpenSSL, and with it nginx, HAProxy, curl and Python, tries only one of the two, and GnuTLS the other, so that handshakes fail while both are trusted
          (RFC 5280 section 4.2.1.2, [openssl/openssl#13718](https://github.com/openssl/openssl/issues/13718), [haproxy/haproxy#968](https://github.com/haproxy/haproxy/issues/968)). The new content of an import, or the new spec, is refused with `RenewalBlocked`, and the CA in service goes on;
          a certificate whose `trustedCARefs` bring two such CAs together gets none (`Stalled`, `InvalidSpec`), unless its Secret holds both already (`trusted-namesakes`); one of `additionalTrust` is left out of the bundles, unless they hold it already (`additional-trust-namesake`).
        - An imported CA with an RSA key of less than 2048 bits, an intermediate signed with SHA-1 or MD5, a key identifier marked as critical, or a critical extension that verifiers do not know.
        """
        .formatted(
            Api.ACCEPT_ADVICE_ANNOTATION, table(AdviceCatalog.CAS), table(AdviceCatalog.LEAVES));
  }

  private static <S> String table(List<AdviceRule<S>> rules) {
    return "| id | what | refused by | what to do | sources |\n|---|---|---|---|---|\n"
        + rules.stream()
            .map(
                rule ->
                    "| `"
                        + String.join(
                            " | ",
                            rule.id() + "`",
                            cell(rule.title()),
                            cell(rule.peers()),
                            cell(rule.remedy()),
                            rule.sources().stream()
                                .map(CompatibilityPageTest::source)
                                .collect(Collectors.joining(", ")))
                        + " |\n")
            .collect(Collectors.joining());
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String source(String source) {
    return source
        .replaceFirst(
            "^https://github.com/([^/]+/[^/]+)/(issues|pull)/([0-9]+)$",
            "[$1#$3](https://github.com/$1/$2/$3)")
        .replaceFirst("^RFC ([0-9]+)", "[RFC $1](https://www.rfc-editor.org/rfc/rfc$1)")
        .replaceFirst("^(https://[^ ]+)$", "<$1>");
  }
}
