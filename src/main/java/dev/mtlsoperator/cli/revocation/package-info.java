/**
 * The CRLs that {@code issue} keeps in folders, decided by the rules of the cluster.
 *
 * <p>Only {@code cli} needs it.
 */
@NullMarked
package dev.mtlsoperator.cli.revocation;

import org.jspecify.annotations.NullMarked;
