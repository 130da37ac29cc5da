package dev.mtlsoperator.pki.advice;

import java.util.List;

/**
 * What advice on CAs and advice on leaves say alike. Neither list may refer to the other: two
 * threads that initialize one class each would wait for each other for ever (JVMS section 5.5).
 */
final class SharedAdvice {
  private SharedAdvice() {}

  static final String ONE_OF_TWO =
      "OpenSSL, and with it nginx, HAProxy, curl and Python, which try only one of the two";

  static final List<String> ABOUT_NAMESAKES =
      List.of(
          "RFC 5280 section 4.2.1.2",
          "https://github.com/openssl/openssl/issues/13718",
          "https://github.com/haproxy/haproxy/issues/968");

  static final String WITHOUT_ED25519 =
      "browsers (Chrome, Edge, Firefox, Safari), macOS and iOS, Windows, and programs on BoringSSL (Envoy, gRPC, Android)";

  static final List<String> ABOUT_ED25519 =
      List.of(
          "https://github.com/golang/go/issues/47681",
          "https://github.com/cabforum/servercert/issues/451",
          "https://github.com/grpc/grpc/issues/24252");
}
