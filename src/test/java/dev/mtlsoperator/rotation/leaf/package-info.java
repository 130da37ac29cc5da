@NullMarked
package dev.mtlsoperator.rotation.leaf;

import org.jspecify.annotations.NullMarked;
