// Verifies certificate chains as a server or client of Go does, with its standard library:
// go-verify ROOT.pem server|client CHAIN.pem prints "good", or why not.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"os"
)

var usages = map[string]x509.ExtKeyUsage{
	"server": x509.ExtKeyUsageServerAuth,
	"client": x509.ExtKeyUsageClientAuth,
}

func main() {
	roots := x509.NewCertPool()
	for _, root := range read(os.Args[1]) {
		roots.AddCert(root)
	}
	chain := read(os.Args[3])
	intermediates := x509.NewCertPool()
	for _, ca := range chain[1:] {
		intermediates.AddCert(ca)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{usages[os.Args[2]]},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("good")
}

func read(file string) []*x509.Certificate {
	rest, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	var all []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			log.Fatal(err)
		}
		all = append(all, certificate)
	}
}
