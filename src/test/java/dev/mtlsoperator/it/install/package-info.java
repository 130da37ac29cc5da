/** The operator as it is installed and run. */
@NullMarked
package dev.mtlsoperator.it.install;

import org.jspecify.annotations.NullMarked;
