package dev.mtlsoperator.api;

/** Default values of spec fields; the CRDs' schemas use the same constants. */
public final class Defaults {
  public static final String CA_DURATION = "3650d";
  public static final String LEAF_DURATION = "90d";
  public static final String OVERLAP = "24h";
  public static final String PASSWORD_KEY = "password";
  public static final String CERTIFICATES_KEY = "ca.crt";
  public static final String SECRET_TYPE = "Opaque";
  public static final String CRL_VALIDITY = "30d";

  private Defaults() {}
}
