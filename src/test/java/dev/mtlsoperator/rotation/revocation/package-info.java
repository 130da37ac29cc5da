@NullMarked
package dev.mtlsoperator.rotation.revocation;

import org.jspecify.annotations.NullMarked;
