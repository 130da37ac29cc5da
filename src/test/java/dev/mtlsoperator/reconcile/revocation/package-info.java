/** Tests of what the operator knows of CRLs, and of what it publishes. */
@NullMarked
package dev.mtlsoperator.reconcile.revocation;

import org.jspecify.annotations.NullMarked;
