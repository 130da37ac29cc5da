@NullMarked
package dev.mtlsoperator.rotation;

import org.jspecify.annotations.NullMarked;
