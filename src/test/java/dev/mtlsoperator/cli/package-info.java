@NullMarked
package dev.mtlsoperator.cli;

import org.jspecify.annotations.NullMarked;
