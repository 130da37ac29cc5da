/** The main job in one command: {@code mvn -Pdemo}. */
@NullMarked
package dev.mtlsoperator.demo;

import org.jspecify.annotations.NullMarked;
