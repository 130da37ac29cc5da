// A server and a client as Go programs are: each connection reads tls.crt, tls.key and ca.crt anew from a folder, as kubelet
// mounts a Secret (a link named "current" that is swapped).
//
//	serve FOLDER     prints its port, then answers each connection with one byte
//	verify FOLDER    verifies tls.crt in it as a client verifies a server, and prints "ok" or what is wrong with it
//	dial FOLDER      reads lines "ADDRESS NAME" and prints "ok" or what went wrong, one line each
//	get TRUST ADDRESS NAME [FOLDER]
//	                 sends an HTTP request and prints the answer. TRUST is a folder with ca.crt, FOLDER one with tls.crt and
//	                 tls.key; without it the client has no certificate
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const patience = 20 * time.Second

func load(folder string) (*tls.Config, error) {
	now, err := filepath.EvalSymlinks(filepath.Join(folder, "current"))
	if err != nil {
		return nil, err
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(now, "tls.crt"), filepath.Join(now, "tls.key"))
	if err != nil {
		return nil, err
	}
	trust, err := roots(now)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates:           []tls.Certificate{own},
		RootCAs:                trust,
		ClientCAs:              trust,
		ClientAuth:             tls.RequireAndVerifyClientCert,
		SessionTicketsDisabled: true,
		MinVersion:             tls.VersionTLS12,
	}, nil
}

func roots(folder string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, err
	}
	trust := x509.NewCertPool()
	if !trust.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in ca.crt")
	}
	return trust, nil
}

func answer(connection net.Conn, folder string) error {
	defer connection.Close()
	config, err := load(folder)
	if err != nil {
		return err
	}
	_ = connection.SetDeadline(time.Now().Add(patience))
	server := tls.Server(connection, config)
	if err := server.Handshake(); err != nil {
		return err
	}
	if _, err := server.Write([]byte("k")); err != nil {
		return err
	}
	return server.CloseWrite()
}

func serve(folder string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			if err := answer(connection, folder); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
	}
}

func call(folder, address, name string) error {
	config, err := load(folder)
	if err != nil {
		return err
	}
	config.ServerName = name
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", address, config)
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(patience))
	// under TLS 1.3 a client learns only here that it is refused
	_, err = connection.Read(make([]byte, 1))
	return err
}

func dial(folder string) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 2 {
			return fmt.Errorf("not an address and a name: %q", lines.Text())
		}
		if err := call(folder, words[0], words[1]); err != nil {
			fmt.Println("failed: " + strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
	return lines.Err()
}

func get(trust, address, name string, own []string) error {
	cas, err := roots(trust)
	if err != nil {
		return err
	}
	config := &tls.Config{RootCAs: cas}
	for _, folder := range own {
		pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
		if err != nil {
			return err
		}
		// unchecked: the other side decides whether it accepts it
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: config,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}}
	answer, err := client.Get("https://" + name + "/")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

func verify(folder string) error {
	config, err := load(folder)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		return err
	}
	above := x509.NewCertPool()
	for _, der := range config.Certificates[0].Certificate[1:] {
		if intermediate, err := x509.ParseCertificate(der); err == nil {
			above.AddCert(intermediate)
		}
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: config.RootCAs, Intermediates: above})
	return err
}

func main() {
	err := errors.New("usage: go-tls serve|dial|verify FOLDER, or go-tls get TRUST ADDRESS NAME [FOLDER]")
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		err = serve(os.Args[2])
	} else if len(os.Args) == 3 && os.Args[1] == "dial" {
		err = dial(os.Args[2])
	} else if len(os.Args) == 3 && os.Args[1] == "verify" {
		if err = verify(os.Args[2]); err == nil {
			fmt.Println("ok")
		}
	} else if (len(os.Args) == 5 || len(os.Args) == 6) && os.Args[1] == "get" {
		err = get(os.Args[2], os.Args[3], os.Args[4], os.Args[5:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
