module mtls-operator.dev/consumers/go-crl

go 1.24.0
