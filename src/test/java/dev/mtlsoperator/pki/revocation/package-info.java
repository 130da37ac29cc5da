@NullMarked
package dev.mtlsoperator.pki.revocation;

import org.jspecify.annotations.NullMarked;
