module mtls-operator.dev/consumers/go-verify

go 1.24.0
