@NullMarked
package dev.mtlsoperator.rotation.request;

import org.jspecify.annotations.NullMarked;
