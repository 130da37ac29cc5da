@NullMarked
package dev.mtlsoperator.pki.key;

import org.jspecify.annotations.NullMarked;
