/** Tests of the advice, pure and with the peers that it speaks of. */
package dev.mtlsoperator.pki.advice;
