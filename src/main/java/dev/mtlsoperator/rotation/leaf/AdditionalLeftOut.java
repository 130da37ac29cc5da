package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.Namesakes;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What {@code additionalTrust} of a leaf's RootCAs brings and the leaf does not trust.
 *
 * @param namesakes the second one of each pair: verifiers cannot tell it from the first, of another
 *     RootCA
 * @param unfitting how many certificates of a RootCA found no room
 */
record AdditionalLeftOut(List<Namesakes.Pair> namesakes, SortedMap<CAName, Integer> unfitting) {
  AdditionalLeftOut {
    namesakes = List.copyOf(namesakes);
    unfitting = Collections.unmodifiableSortedMap(new TreeMap<>(unfitting));
  }

  static AdditionalLeftOut none() {
    return new AdditionalLeftOut(List.of(), Collections.emptySortedMap());
  }
}
