package dev.mtlsoperator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A request for a resource, as recorded in the API server's audit log.
 *
 * @param verb in RBAC's terms
 * @param group empty: the core group
 * @param resource with its subresource, such as {@code rootcas/status}
 * @param namespace empty: cluster-scoped
 * @param code of the response
 * @param uri including the query
 */
public record AuditedRequest(
    String verb, String group, String resource, String namespace, int code, String uri) {

  /** Audit policy that records only requests made with a ServiceAccount token. */
  static final String POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules:
        - level: Metadata
          userGroups: ["system:serviceaccounts"]
        - level: None
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  static List<AuditedRequest> read(Path log, String user) throws IOException {
    List<AuditedRequest> requests = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      JsonNode event = JSON.readTree(line);
      JsonNode object = event.path("objectRef");
      if (event.at("/user/username").asText().equals(user) && !object.isMissingNode()) {
        requests.add(
            new AuditedRequest(
                event.path("verb").asText(),
                object.path("apiGroup").asText(),
                object.path("resource").asText()
                    + (object.has("subresource") ? "/" + object.get("subresource").asText() : ""),
                object.path("namespace").asText(),
                event.at("/responseStatus/code").asInt(),
                event.path("requestURI").asText()));
      }
    }
    return requests;
  }
}
