module mtls-operator.dev/test/consumers/go-crl

go 1.26.0
