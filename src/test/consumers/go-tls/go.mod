module mtls-operator.dev/consumers/go-tls

go 1.24.0
