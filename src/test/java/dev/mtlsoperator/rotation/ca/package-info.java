@NullMarked
package dev.mtlsoperator.rotation.ca;

import org.jspecify.annotations.NullMarked;
