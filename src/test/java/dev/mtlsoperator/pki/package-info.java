@NullMarked
package dev.mtlsoperator.pki;

import org.jspecify.annotations.NullMarked;
