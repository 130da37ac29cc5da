// Reads a PKCS#12 file with a Go library, as a Go program would: prints what it found.
package main

import (
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

func main() {
	if len(os.Args) != 4 {
		fail("usage: go-pkcs12 keystore|truststore FILE PASSWORD")
	}
	data, err := os.ReadFile(os.Args[2])
	if err != nil {
		fail(err.Error())
	}
	switch os.Args[1] {
	case "keystore":
		key, leaf, chain, err := pkcs12.DecodeChain(data, os.Args[3])
		if err != nil {
			fail(err.Error())
		}
		fmt.Printf("key %T, leaf %s, %d more\n", key, leaf.Subject, len(chain))
	case "truststore":
		anchors, err := pkcs12.DecodeTrustStore(data, os.Args[3])
		if err != nil {
			fail(err.Error())
		}
		for _, anchor := range anchors {
			fmt.Printf("anchor %s\n", anchor.Subject)
		}
	default:
		fail("keystore or truststore")
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
