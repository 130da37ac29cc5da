/** What the operator costs; nothing here is a test. */
@NullMarked
package dev.mtlsoperator.bench;

import org.jspecify.annotations.NullMarked;
