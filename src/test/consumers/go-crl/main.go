// Reads a CRL and proves by whom it is signed, with the standard library of Go: go-crl CA.pem CRL.pem
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"os"
)

func main() {
	ca, err := x509.ParseCertificate(read(os.Args[1]))
	if err != nil {
		log.Fatal(err)
	}
	crl, err := x509.ParseRevocationList(read(os.Args[2]))
	if err != nil {
		log.Fatal(err)
	}
	if err := crl.CheckSignatureFrom(ca); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("number %v\n", crl.Number)
	for _, entry := range crl.RevokedCertificateEntries {
		fmt.Printf("revoked %X reason %d\n", entry.SerialNumber, entry.ReasonCode)
	}
}

func read(file string) []byte {
	content, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(content)
	return block.Bytes
}
