@NullMarked
package dev.mtlsoperator.pki.ocsp;

import org.jspecify.annotations.NullMarked;
