package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a certificate is for, as an extended key usage (RFC 5280 section 4.2.1.12). Peers that serve
 * and dial with one certificate, such as members of an etcd cluster, need both.
 */
public enum Usage {
  /** TLS server ({@code id-kp-serverAuth}). */
  @JsonProperty("server")
  SERVER,
  /** TLS client ({@code id-kp-clientAuth}). */
  @JsonProperty("client")
  CLIENT
}
