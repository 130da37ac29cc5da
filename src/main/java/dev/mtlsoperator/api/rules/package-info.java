/**
 * The validation rules of specs, in CEL for the API server and in Java for the operator and the
 * CLI.
 *
 * <p>Reconcilers and the CLI use {@code SpecRules}; the CRDs are generated from the same rules.
 */
@NullMarked
package dev.mtlsoperator.api.rules;

import org.jspecify.annotations.NullMarked;
