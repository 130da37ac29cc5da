@NullMarked
package dev.mtlsoperator.docs;

import org.jspecify.annotations.NullMarked;
