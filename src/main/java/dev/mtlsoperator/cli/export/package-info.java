/** {@code mtls-operator export}: the files that one consumer of a certificate needs. */
@NullMarked
package dev.mtlsoperator.cli.export;

import org.jspecify.annotations.NullMarked;
