package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/moby/spdystream"
)

// dial asks for an upgrade and returns the SPDY side of the connection.
func dial(target *url.URL) (*spdystream.Connection, error) {
	connection, err := net.Dial("tcp", target.Host)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nConnection: Upgrade\r\n"+
		"Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n", target.RequestURI(), target.Host)
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil, errors.New(response.Status)
	}
	spdy, err := spdystream.NewConnection(bufferedConn{connection, reader}, false)
	if err == nil {
		go spdy.Serve(spdystream.NoOpStreamHandler)
	}
	return spdy, err
}

func open(spdy *spdystream.Connection, name string) (*spdystream.Stream, error) {
	stream, err := spdy.CreateStream(http.Header{"streamtype": {name}}, nil, false)
	if err == nil {
		err = stream.Wait()
	}
	return stream, err
}

func echo(text string, size int) error {
	target, err := url.Parse(text)
	if err != nil {
		return err
	}
	spdy, err := dial(target)
	if err != nil {
		return err
	}
	defer spdy.Close()
	streams := map[string]*spdystream.Stream{}
	for _, name := range []string{"error", "stdin", "stdout", "stderr"} {
		if streams[name], err = open(spdy, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	sent := make([]byte, size)
	rand.Read(sent)
	go func() {
		send(streams["stdin"], bytes.NewReader(sent))
		streams["stdin"].Close()
	}()
	received, err := io.ReadAll(streams["stdout"])
	if err != nil {
		return err
	}
	if !bytes.Equal(sent, received) {
		return fmt.Errorf("sent %d bytes, got %d others back", size, len(received))
	}
	status, _ := io.ReadAll(streams["error"])
	if !bytes.Contains(status, []byte(`"Success"`)) {
		return fmt.Errorf("status: %s", status)
	}
	return nil
}
