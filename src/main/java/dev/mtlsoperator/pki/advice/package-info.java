/**
 * Advice on certificates that are valid, but that a known class of peers refuses: one visible list
 * of rules, each with its source. Pure.
 */
@NullMarked
package dev.mtlsoperator.pki.advice;

import org.jspecify.annotations.NullMarked;
