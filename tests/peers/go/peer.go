// A peer made of moby/spdystream on plain TCP. See ../README.md for the routes and for what is printed.
//
//	peer serve VERSION
//	peer fetch VERSION PORT COUNT METHOD PATH SIZE
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/moby/spdystream"
)

// body makes bytes that every peer can make and check in its own language, and in which a lost or swapped piece shows.
func body(length int) []byte {
	bytes := make([]byte, length)
	for i := range bytes {
		bytes[i] = byte(uint32(i) * 0x9e3779b1 >> 24)
	}
	return bytes
}

// check reads a body to its end.
func check(from io.Reader) (length int, intact bool) {
	bytes, err := io.ReadAll(from)
	return len(bytes), err == nil && string(bytes) == string(body(len(bytes)))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Println("listening on", listener.Addr())
	for {
		socket, err := listener.Accept()
		must(err)
		connection, err := spdystream.NewConnection(socket, true)
		must(err)
		go connection.Serve(func(stream *spdystream.Stream) { go answer(stream) })
	}
}

func answer(stream *spdystream.Stream) {
	defer stream.Close()
	path := strings.Split(stream.Headers().Get(":path"), "/")
	reply := http.Header{":status": {"200 OK"}, ":version": {"HTTP/1.1"}}
	switch path[1] {
	case "size":
		length, err := strconv.Atoi(path[2])
		must(err)
		stream.SendReply(reply, false)
		stream.Write(body(length))
	case "upload":
		// Before the reply it would drop the DATA.
		stream.SendReply(reply, false)
		length, intact := check(stream)
		fmt.Fprintf(stream, "received %d, intact %t", length, intact)
	}
}

func fetch(port, count, method, path, size string) {
	socket, err := net.Dial("tcp", "127.0.0.1:"+port)
	must(err)
	connection, err := spdystream.NewConnection(socket, false)
	must(err)
	go connection.Serve(spdystream.NoOpStreamHandler)
	number, err := strconv.Atoi(count)
	must(err)
	length, err := strconv.Atoi(size)
	must(err)
	var all sync.WaitGroup
	for i := 0; i < number; i++ {
		headers := http.Header{":method": {method}, ":path": {path}, ":scheme": {"http"}, ":host": {"localhost"},
			":version": {"HTTP/1.1"}, "X-Number": {strconv.Itoa(i)}}
		stream, err := connection.CreateStream(headers, nil, method == "GET")
		must(err)
		all.Add(1)
		go func(i int) {
			defer all.Done()
			if method == "POST" {
				_, err := stream.Write(body(length))
				must(err)
				must(stream.Close())
			}
			must(stream.Wait())
			length, intact := check(stream)
			fmt.Printf("done %d length=%d intact=%t\n", i, length, intact)
		}(i)
	}
	all.Wait()
	connection.Close()
}

func main() {
	if os.Args[1] == "serve" {
		serve()
	}
	fetch(os.Args[3], os.Args[4], os.Args[5], os.Args[6], os.Args[7])
}
