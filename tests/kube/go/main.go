// A Kubernetes streaming peer on moby/spdystream, the library inside kubectl and the container runtimes. It is what
// our programs are tested against, so it does what the Go code of Kubernetes does with that library, and no more.
//
// As a server it prints "listening on ADDRESS:PORT", runs commands and forwards ports. It tells on standard error of
// a client that opens a stream before the one ahead of it is answered.
//
// As a client it sends bytes through a command, such as cat, and checks that the same ones come back.
//
// Debian has the library for GOPATH builds: GO111MODULE=off GOPATH=/usr/share/gocode go build
package main

import (
	"flag"
	"fmt"
	"log"
	"time"
)

type settings struct {
	cert, key string
	clients   string
	token     string
	protocol  string
	ending    string
	delay     time.Duration
}

func main() {
	var with settings
	url := flag.String("client", "", "be a client of this exec `URL`")
	size := flag.Int("bytes", 10<<20, "client: how much to send")
	flag.StringVar(&with.cert, "cert", "", "server: certificate `file`, for TLS")
	flag.StringVar(&with.key, "key", "", "server: its private key")
	flag.StringVar(&with.clients, "clients", "", "server: clients need a certificate of this authority")
	flag.StringVar(&with.token, "token", "", "server: clients need this token")
	flag.StringVar(&with.protocol, "protocol", "", "server: choose this protocol, offered or not; \"none\" for none")
	flag.StringVar(&with.ending, "ending", "reset", "server: end a command by fin, reset, goaway or close; "+
		"or abort, without the status")
	flag.DurationVar(&with.delay, "delay", 0, "server: time before each stream is answered")
	flag.Parse()
	log.SetFlags(0)

	if *url != "" {
		if err := echo(*url, *size); err != nil {
			log.Fatal(err)
		}
		fmt.Println("the same bytes came back")
		return
	}
	log.Fatal(serve(with))
}
