@NullMarked
package dev.mtlsoperator.pki.encoding;

import org.jspecify.annotations.NullMarked;
