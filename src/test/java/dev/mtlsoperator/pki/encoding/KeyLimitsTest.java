package dev.mtlsoperator.pki.encoding;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.math.BigInteger;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which private keys are let through to a parser. */
final class KeyLimitsTest {
  @ParameterizedTest
  @CsvSource({"256, 301e", "384, 302e"})
  void shouldReadANumberThatBeginsLikeASequence(int bits, String begin) throws IOException {
    // given: its second octet is the length of the rest, as in one key of 65,536
    byte[] scalar = HexFormat.of().parseHex(begin + "ff".repeat(bits / 8 - 2));
    ASN1ObjectIdentifier curve =
        bits == 256 ? SECObjectIdentifiers.secp256r1 : SECObjectIdentifiers.secp384r1;
    ECPrivateKey key = new ECPrivateKey(bits, new BigInteger(1, scalar), curve);
    byte[] pkcs8 =
        new PrivateKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), key)
            .getEncoded();

    // then
    assertThatCode(() -> KeyLimits.require(pkcs8)).doesNotThrowAnyException();
    assertThatCode(() -> KeyLimits.require(key.getEncoded())).doesNotThrowAnyException();
  }
}
