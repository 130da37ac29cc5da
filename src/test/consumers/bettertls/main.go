// Prints the cases of BetterTLS with the keys of their leaves as one JSON document: what its own export lacks.
package main

import (
	"crypto/x509"
	"encoding/json"
	"log"
	"os"

	"github.com/Netflix/bettertls/test-suites/certutil"
	"github.com/Netflix/bettertls/test-suites/nameconstraints"
	"github.com/Netflix/bettertls/test-suites/pathbuilding"
	testcase "github.com/Netflix/bettertls/test-suites/test-case"
)

type document struct {
	// DER of the trust anchor of all cases
	Root []byte `json:"root"`
	// how many cases are left out: the name by which the client calls the server is not a name of the certificate at all
	OtherName int   `json:"otherName"`
	Cases     []one `json:"cases"`
}

type one struct {
	Suite string `json:"suite"`
	// PASS, FAIL, SOFT_PASS or SOFT_FAIL
	Expected string `json:"expected"`
	// DER, the leaf first; the others in any order
	Certificates [][]byte `json:"certificates"`
	// the leaf's, PKCS#8
	Key []byte `json:"key"`
}

func main() {
	root, key, err := certutil.GenerateSelfSignedCert("bettertls_trust_root")
	check(err)
	all := document{Root: root.Raw}
	for _, provider := range []testcase.TestCaseProvider{nameconstraints.NewTestCaseProvider(), pathbuilding.NewTestCaseProvider()} {
		count, err := provider.GetTestCaseCount()
		check(err)
		for id := uint(0); id < count; id++ {
			test, err := provider.GetTestCase(id)
			check(err)
			if hasOtherName(test) {
				all.OtherName++
				continue
			}
			chain, err := test.GetCertificates(root, key)
			check(err)
			leafKey, err := x509.MarshalPKCS8PrivateKey(chain.PrivateKey)
			check(err)
			all.Cases = append(all.Cases, one{
				Suite:        provider.Name(),
				Expected:     test.ExpectedResult().String(),
				Certificates: chain.Certificate,
				Key:          leafKey,
			})
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(all))
}

func hasOtherName(test testcase.TestCase) bool {
	named, ok := test.(nameconstraints.NameConstraintsTestCase)
	if !ok {
		return false
	}
	if named.ClientHostnameType == nameconstraints.CLIENT_HOSTNAME_TYPE_IP {
		return named.IpSan != nameconstraints.EXTVAL_VALID
	}
	return named.DnsSan != nameconstraints.EXTVAL_VALID
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
