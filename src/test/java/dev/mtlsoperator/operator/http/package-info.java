@NullMarked
package dev.mtlsoperator.operator.http;

import org.jspecify.annotations.NullMarked;
