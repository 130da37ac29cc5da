module mtls-operator.dev/consumers/go-pkcs12

go 1.24.0

require software.sslmate.com/src/go-pkcs12 v0.6.0

require golang.org/x/crypto v0.11.0 // indirect
