/** Tests of installing and running the operator. */
@NullMarked
package dev.mtlsoperator.it.install;

import org.jspecify.annotations.NullMarked;
