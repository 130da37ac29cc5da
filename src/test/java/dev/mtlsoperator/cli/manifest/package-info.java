@NullMarked
package dev.mtlsoperator.cli.manifest;

import org.jspecify.annotations.NullMarked;
