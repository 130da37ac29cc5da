package dev.mtlsoperator.cli.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The CRL of a CA after a run. */
public sealed interface PlannedCrl {
  Crl crl();

  /** What is to be written into the folder of the CA; nothing if the CRL is there. */
  Map<String, byte[]> files();

  /** What a run does, in a few words. */
  String inWords();

  /** The last one stays. */
  record Kept(Crl crl) implements PlannedCrl {
    @Override
    public Map<String, byte[]> files() {
      return Map.of();
    }

    @Override
    public String inWords() {
      return "CRL with " + entries(crl);
    }
  }

  /**
   * A new one.
   *
   * @param note what the next one has to know
   */
  record Signed(Crl crl, CrlNote note, Reason why) implements PlannedCrl {
    @Override
    public Map<String, byte[]> files() {
      return Map.of(
          StoredCrl.FILE, crl.pem().getBytes(StandardCharsets.UTF_8),
          StoredCrl.RECORD, note.text().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String inWords() {
      return "CRL signed (" + why + ") with " + entries(crl);
    }
  }

  private static String entries(Crl crl) {
    int count = crl.entries().size();
    return count == 1 ? "1 entry" : count + " entries";
  }
}
