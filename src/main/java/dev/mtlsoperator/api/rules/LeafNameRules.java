package dev.mtlsoperator.api.rules;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.rules.SpecRule.Cel;
import dev.mtlsoperator.api.rules.SpecRule.Items;
import dev.mtlsoperator.api.rules.SpecRule.Length;
import dev.mtlsoperator.api.rules.SpecRule.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rules for the names of a leaf: its subject and its subject alternative names. */
final class LeafNameRules {
  private static final int MOST_NAMES = 100;

  private static final String CEL_LITERAL_NAME = "rdn.substring(rdn.indexOf('=') + 1)";

  /** {@code literalSubject} replaces {@code commonName} and {@code subject}. */
  private static final Cel<LeafSpec> ONE_SUBJECT =
      Cel.<LeafSpec>between(
          ".literalSubject",
          "!has(self.literalSubject) || (!has(self.commonName) && !has(self.subject))",
          CommonRules.ONE_SUBJECT,
          spec ->
              spec.literalSubject() == null
                  || (spec.commonName() == null && spec.subject() == null));

  /** A common name that looks like a DNS name is one of {@code dnsNames}. */
  private static final Cel<LeafSpec> COMMON_NAME_IN_DNS_NAMES =
      Cel.<LeafSpec>between(
              ".commonName",
              "!has(self.commonName) || !"
                  + CommonRules.celLooksLikeDnsName("self.commonName")
                  + " || (has(self.dnsNames) && self.commonName.lowerAscii() in self.dnsNames)",
              "looks like a DNS name: add it to dnsNames too, as TLS peers look only there",
              spec -> alsoDnsName(spec, spec.commonName()))
          .quoting("self.commonName", spec -> String.valueOf(spec.commonName()));

  /** A common name that is an IP address is one of {@code ipAddresses}. */
  private static final Cel<LeafSpec> COMMON_NAME_IN_IP_ADDRESSES =
      Cel.<LeafSpec>between(
              ".commonName",
              "!has(self.commonName) || !self.commonName.matches(r\""
                  + Formats.IP_ADDRESS
                  + "\") || (has(self.ipAddresses) && self.ipAddresses.exists(a, a.lowerAscii()"
                  + " == self.commonName.lowerAscii()))",
              "is an IP address: add it to ipAddresses too, written the same way, as TLS peers look only there",
              spec -> alsoIpAddress(spec, spec.commonName()))
          .quoting("self.commonName", spec -> String.valueOf(spec.commonName()));

  private static final Cel<LeafSpec> LITERAL_NAME_IN_DNS_NAMES =
      Cel.<LeafSpec>between(
          ".literalSubject",
          celLiteralNames(
              "!"
                  + CommonRules.celLooksLikeDnsName(CEL_LITERAL_NAME)
                  + " || (has(self.dnsNames) && "
                  + CEL_LITERAL_NAME
                  + ".lowerAscii() in self.dnsNames)"),
          "the common name (CN) in literalSubject looks like a DNS name: add it to dnsNames too, as TLS peers look only there",
          spec -> literalNames(spec).allMatch(cn -> alsoDnsName(spec, cn)));

  private static final Cel<LeafSpec> LITERAL_NAME_IN_IP_ADDRESSES =
      Cel.<LeafSpec>between(
          ".literalSubject",
          celLiteralNames(
              // IPv4 only: more would exceed the API server's budget for a rule
              "!"
                  + CEL_LITERAL_NAME
                  + ".matches(r\""
                  + Formats.IPV4_ADDRESS
                  + "\") || (has(self.ipAddresses) && "
                  + CEL_LITERAL_NAME
                  + " in self.ipAddresses)"),
          "the common name (CN) in literalSubject is an IP address: add it to ipAddresses too, written the same way, as TLS peers look only there",
          spec -> literalNames(spec).allMatch(cn -> alsoIpAddress(spec, cn)));

  private LeafNameRules() {}

  /** A certificate must have a name. */
  static FieldRules<LeafCert<?>, LeafSpec> needed(Class<? extends LeafCert<?>> kind) {
    Predicate<LeafSpec> toServe =
        spec ->
            !spec.dnsNames().isEmpty() || !spec.ipAddresses().isEmpty() || !spec.uris().isEmpty();
    if (kind.equals(ServerCert.class)) {
      return FieldRules.at(
          "spec",
          LeafCert::getSpec,
          Cel.<LeafSpec>between(
              "",
              celAny("dnsNames", "ipAddresses", "uris"),
              "a ServerCert needs a name to serve: give at least one entry of dnsNames, ipAddresses or uris",
              toServe));
    }
    return FieldRules.at(
        "spec",
        LeafCert::getSpec,
        Cel.<LeafSpec>between(
            "",
            "has(self.commonName) || has(self.literalSubject) || "
                + SubjectRules.celHoldsAny()
                + " || "
                + celAny("dnsNames", "ipAddresses", "uris", "emailAddresses"),
            "a ClientCert needs a name: give commonName, subject, literalSubject, dnsNames, ipAddresses, uris or emailAddresses",
            toServe
                .or(spec -> spec.commonName() != null || spec.literalSubject() != null)
                .or(spec -> SubjectRules.holdsAny(spec.subject()))
                .or(spec -> !spec.emailAddresses().isEmpty())));
  }

  /**
   * The parts of the subject must be consistent with each other and, where a host is named, with
   * the subject alternative names. The common name of a client is a user's (RFC 6125 is about
   * servers), and may look like anything.
   */
  static FieldRules<LeafCert<?>, LeafSpec> subjects(Class<? extends LeafCert<?>> kind) {
    return kind.equals(ClientCert.class)
        ? FieldRules.at("spec", LeafCert::getSpec, ONE_SUBJECT)
        : FieldRules.at(
            "spec",
            LeafCert::getSpec,
            ONE_SUBJECT,
            COMMON_NAME_IN_DNS_NAMES,
            COMMON_NAME_IN_IP_ADDRESSES,
            LITERAL_NAME_IN_DNS_NAMES,
            LITERAL_NAME_IN_IP_ADDRESSES);
  }

  /** The subject alternative names. */
  static List<FieldRules<LeafCert<?>, ?>> alternativeNames() {
    List<FieldRules<LeafCert<?>, ?>> all = new ArrayList<>();
    names(all, "spec.dnsNames", LeafSpec::dnsNames, new Length(1, 253), CommonRules.DNS_NAME);
    names(
        all, "spec.ipAddresses", LeafSpec::ipAddresses, new Length(1, 64), CommonRules.IP_ADDRESS);
    names(all, "spec.uris", LeafSpec::uris, new Length(1, 1024), List.of(CommonRules.URI));
    names(
        all,
        "spec.emailAddresses",
        LeafSpec::emailAddresses,
        new Length(1, 254),
        List.of(CommonRules.EMAIL));
    return all;
  }

  private static Stream<String> literalNames(LeafSpec spec) {
    String literal = spec.literalSubject();
    return literal == null ? Stream.empty() : LiteralSubjectRules.commonNames(literal).stream();
  }

  /**
   * CEL splits the RDNs at commas that are not escaped and checks common names without escapes;
   * those with escapes are checked in Java only.
   */
  private static String celLiteralNames(String condition) {
    return "!has(self.literalSubject) ||"
        + " self.literalSubject.findAll(r\""
        + LiteralSubjectFormats.BETWEEN_COMMAS
        + "\").all(rdn, !rdn.matches(r\""
        + LiteralSubjectFormats.COMMON_NAME_RDN
        + "\") || "
        + condition
        + ")";
  }

  private static boolean alsoDnsName(LeafSpec spec, @Nullable String commonName) {
    return commonName == null
        || !CommonRules.looksLikeDnsName(commonName)
        || spec.dnsNames().contains(CommonRules.lowerAscii(commonName));
  }

  private static boolean alsoIpAddress(LeafSpec spec, @Nullable String commonName) {
    return commonName == null
        || !CommonRules.isIpAddress(commonName)
        || spec.ipAddresses().stream()
            .map(CommonRules::lowerAscii)
            .anyMatch(CommonRules.lowerAscii(commonName)::equals);
  }

  private static void names(
      List<FieldRules<LeafCert<?>, ?>> all,
      String place,
      Function<LeafSpec, List<String>> list,
      Length length,
      List<Cel<String>> forms) {
    all.add(
        FieldRules.at(
            place,
            leaf -> list.apply(leaf.getSpec()),
            new Items<String>(MOST_NAMES),
            new Unique<String>()));
    all.add(FieldRules.each(place, leaf -> list.apply(leaf.getSpec()), length));
    forms.forEach(
        form -> all.add(FieldRules.each(place, leaf -> list.apply(leaf.getSpec()), form)));
  }

  private static String celAny(String... lists) {
    List<String> given = new ArrayList<>();
    for (String list : lists) {
      given.add("(has(self." + list + ") && size(self." + list + ") > 0)");
    }
    return String.join(" || ", given);
  }
}
