package dev.mtlsoperator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Fills an etcd up to its quota, and frees space again as its manual describes. */
public final class EtcdStorage {
  private static final int FILLER_BYTES = 1 << 20;
  private static final int MOST_FILLERS = 200;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI etcd;
  private final HttpClient http = HttpClient.newHttpClient();

  public EtcdStorage(URI etcd) {
    this.etcd = etcd;
  }

  /**
   * Puts values of 1 MiB until etcd refuses.
   *
   * @return the error that etcd reported
   */
  public String fill() {
    String value = Base64.getEncoder().encodeToString(new byte[FILLER_BYTES]);
    for (int i = 0; i < MOST_FILLERS; i++) {
      HttpResponse<String> answer =
          post(
              "kv/put", "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64("filler" + i), value));
      if (answer.statusCode() != 200) {
        return answer.body();
      }
    }
    throw new IllegalStateException(MOST_FILLERS + " MiB fit: has it a quota?");
  }

  /** Deletes those values, compacts, defragments, and disarms the alarm. */
  public void makeRoom() {
    JsonNode deleted =
        orThrow(
            post(
                "kv/deleterange",
                "{\"key\":\"%s\",\"range_end\":\"%s\"}"
                    .formatted(base64("filler"), base64("filles"))));
    String revision = deleted.at("/header/revision").asText();
    orThrow(post("kv/compaction", "{\"revision\":\"%s\",\"physical\":true}".formatted(revision)));
    orThrow(post("maintenance/defragment", "{}"));
    // an alarm belongs to a member: without the member's id, none is disarmed
    for (JsonNode alarm :
        orThrow(post("maintenance/alarm", "{\"action\":\"GET\"}")).path("alarms")) {
      orThrow(
          post(
              "maintenance/alarm",
              "{\"action\":\"DEACTIVATE\",\"memberID\":\"%s\",\"alarm\":\"%s\"}"
                  .formatted(alarm.path("memberID").asText(), alarm.path("alarm").asText())));
    }
    if (orThrow(post("maintenance/alarm", "{\"action\":\"GET\"}")).path("alarms").size() > 0) {
      throw new IllegalStateException("the alarm is still on");
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode orThrow(HttpResponse<String> answer) {
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(answer.uri() + ": " + answer.body());
    }
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpResponse<String> post(String path, String body) {
    try {
      return http.send(
          HttpRequest.newBuilder(etcd.resolve("/v3/" + path))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
