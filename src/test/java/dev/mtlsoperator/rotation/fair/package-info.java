@NullMarked
package dev.mtlsoperator.rotation.fair;

import org.jspecify.annotations.NullMarked;
