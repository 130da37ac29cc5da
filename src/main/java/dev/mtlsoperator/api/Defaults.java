package dev.mtlsoperator.api;

/** What holds where a user wrote nothing; the same constants stand in the CRDs' schemas. */
public final class Defaults {
  public static final String CA_DURATION = "3650d";
  public static final String LEAF_DURATION = "90d";
  public static final String OVERLAP = "24h";
  public static final String PASSWORD_KEY = "password";
  public static final String CERTIFICATES_KEY = "ca.crt";
  public static final String SECRET_TYPE = "Opaque";

  private Defaults() {}
}
