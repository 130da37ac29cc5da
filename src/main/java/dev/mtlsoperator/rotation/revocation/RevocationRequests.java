package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.api.RevokedReason;
import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.api.ca.RevokedSerialNumber;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of one RootCA that are to be revoked.
 *
 * @param byGeneration those whose generation is known, by its number and their serial numbers
 * @param ofAny those named in the RootCA's spec, which may be of any generation
 */
public record RevocationRequests(
    Map<Integer, SortedMap<BigInteger, RevocationRequest>> byGeneration,
    SortedMap<BigInteger, RevocationRequest> ofAny) {

  public RevocationRequests {
    Map<Integer, SortedMap<BigInteger, RevocationRequest>> copy = new HashMap<>();
    byGeneration.forEach(
        (number, some) -> copy.put(number, Collections.unmodifiableSortedMap(new TreeMap<>(some))));
    byGeneration = Collections.unmodifiableMap(copy);
    ofAny = Collections.unmodifiableSortedMap(new TreeMap<>(ofAny));
  }

  public static RevocationRequests none() {
    return new RevocationRequests(Map.of(), Collections.emptySortedMap());
  }

  /**
   * What a RootCA's spec and its leaves ask for. Of two requests for one certificate the first
   * counts; a leaf knows more of it than the spec.
   */
  public static RevocationRequests of(
      @Nullable Revocation spec, Collection<LeafRevocations.OfLeaf> leaves) {
    Map<Integer, SortedMap<BigInteger, RevocationRequest>> byGeneration = new HashMap<>();
    leaves.forEach(
        leaf ->
            byGeneration
                .computeIfAbsent(leaf.generation(), number -> new TreeMap<>())
                .putIfAbsent(leaf.request().serialNumber(), leaf.request()));
    return new RevocationRequests(byGeneration, named(spec));
  }

  /** The certificates that a RootCA's spec names, by their serial numbers. */
  public static SortedMap<BigInteger, RevocationRequest> named(@Nullable Revocation spec) {
    SortedMap<BigInteger, RevocationRequest> named = new TreeMap<>();
    if (spec != null) {
      for (RevokedSerialNumber one : spec.serialNumbers()) {
        SerialNumber.read(one.serialNumber())
            .ifPresent(
                serial ->
                    named.putIfAbsent(
                        serial,
                        new RevocationRequest(serial, Optional.empty(), reason(one.reason()))));
      }
    }
    return named;
  }

  /** The certificates to be revoked by one generation, by their serial numbers. */
  public SortedMap<BigInteger, RevocationRequest> of(int generation) {
    SortedMap<BigInteger, RevocationRequest> known = byGeneration.get(generation);
    if (known == null) {
      return ofAny;
    }
    SortedMap<BigInteger, RevocationRequest> all = new TreeMap<>(ofAny);
    all.putAll(known);
    return all;
  }

  /** A reason of the API as the CRL has it. */
  static Optional<RevocationReason> reason(@Nullable RevokedReason reason) {
    return Optional.ofNullable(reason).map(given -> RevocationReason.valueOf(given.name()));
  }
}
