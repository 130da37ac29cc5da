@NullMarked
package dev.mtlsoperator.pki.name;

import org.jspecify.annotations.NullMarked;
