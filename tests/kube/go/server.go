package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

const portForward = "portforward.k8s.io"

var remoteProtocols = []string{
	"v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io",
}

// upgraded is a connection that has become SPDY.
type upgraded struct {
	settings
	request  *http.Request
	protocol string
	spdy     *spdystream.Connection
	streams  chan *spdystream.Stream // those that are answered

	mutex      sync.Mutex
	unanswered map[string]bool // by what must be opened in sequence: a command, or a forwarded connection
}

func serve(with settings) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", listener.Addr())
	server := http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { upgrade(with, w, r) }),
		// HTTP/2 has no upgrade.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	if with.cert == "" {
		return server.Serve(listener)
	}
	if with.clients != "" {
		authority, err := os.ReadFile(with.clients)
		if err != nil {
			return err
		}
		known := x509.NewCertPool()
		known.AppendCertsFromPEM(authority)
		server.TLSConfig = &tls.Config{ClientCAs: known, ClientAuth: tls.RequireAndVerifyClientCert}
	}
	return server.ServeTLS(listener, with.cert, with.key)
}

// choose takes the first protocol offered that the request can have.
func choose(with settings, r *http.Request) string {
	known := remoteProtocols
	if strings.HasSuffix(r.URL.Path, "/portforward") {
		known = []string{portForward}
	}
	if with.protocol != "" {
		return with.protocol
	}
	for _, offered := range r.Header.Values("X-Stream-Protocol-Version") {
		for _, name := range known {
			if offered == name {
				return name
			}
		}
	}
	return ""
}

// bufferedConn gives back what the HTTP server has read too much.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

func upgrade(with settings, w http.ResponseWriter, r *http.Request) {
	if with.token != "" && r.Header.Get("Authorization") != "Bearer "+with.token {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	protocol := choose(with, r)
	if r.Method != http.MethodPost || r.Header.Get("Upgrade") != "SPDY/3.1" || protocol == "" {
		http.Error(w, "not a request for streams", http.StatusBadRequest)
		return
	}
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		log.Print(err)
		return
	}
	defer connection.Close()
	chosen := "X-Stream-Protocol-Version: " + protocol + "\r\n"
	if protocol == "none" {
		chosen = ""
	}
	fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n%s\r\n", chosen)

	spdy, err := spdystream.NewConnection(bufferedConn{connection, buffered.Reader}, true)
	if err != nil {
		log.Print(err)
		return
	}
	u := &upgraded{
		settings: with, request: r, protocol: protocol, spdy: spdy,
		streams:    make(chan *spdystream.Stream, 16),
		unanswered: map[string]bool{},
	}
	go spdy.Serve(u.opened)
	if strings.HasSuffix(r.URL.Path, "/portforward") {
		u.forward()
	} else {
		u.execute()
	}
}

// opened answers a stream, after a while if so set, and notes whether the client waits for that.
//
// Like Kubernetes it answers before it returns. Answered from another goroutine, the library may drop what the client
// sends next: it writes SYN_REPLY first and only then notes that it has.
func (u *upgraded) opened(stream *spdystream.Stream) {
	sequence := stream.Headers().Get("requestid")
	u.mutex.Lock()
	if u.unanswered[sequence] {
		log.Printf("TOO EARLY: stream %d", stream.Identifier())
	}
	u.unanswered[sequence] = true
	u.mutex.Unlock()

	time.Sleep(u.delay)
	u.mutex.Lock()
	u.unanswered[sequence] = false
	u.mutex.Unlock()
	if stream.SendReply(http.Header{}, false) == nil {
		u.streams <- stream
	}
}

// send copies in pieces of the size that Kubernetes uses.
func send(to *spdystream.Stream, from io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{to}, from, make([]byte, 32*1024))
	return err
}
