package main

import (
	"fmt"
	"io"
	"net"

	"github.com/moby/spdystream"
)

type pair struct {
	errors, data *spdystream.Stream
}

// forward connects each pair of streams to a local port.
func (u *upgraded) forward() {
	pairs := map[string]*pair{}
	for {
		select {
		case stream := <-u.streams:
			request := stream.Headers().Get("requestid")
			if pairs[request] == nil {
				pairs[request] = &pair{}
			}
			p := pairs[request]
			if stream.Headers().Get("streamtype") == "error" {
				p.errors = stream
			} else {
				p.data = stream
			}
			if p.errors != nil && p.data != nil {
				delete(pairs, request)
				go p.connect()
			}
		case <-u.spdy.CloseChan():
			return
		}
	}
}

func (p *pair) connect() {
	defer p.errors.Reset()
	defer p.data.Reset()
	port := p.data.Headers().Get("port")
	backend, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintf(p.errors, "cannot connect to port %s: %v", port, err)
		p.data.Close()
		p.errors.Close()
		return
	}
	defer backend.Close()
	uploaded := make(chan struct{})
	go func() {
		defer close(uploaded)
		io.Copy(backend, p.data)
		backend.(*net.TCPConn).CloseWrite()
	}()
	send(p.data, backend)
	p.data.Close()
	p.errors.Close()
	<-uploaded
}
