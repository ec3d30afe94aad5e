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
	"sync/atomic"

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

// write sends a body in pieces, for a DATA frame holds 16 MiB at the most. It goes on when the stream was reset, for the
// library does not tell.
func write(stream *spdystream.Stream, length int) {
	for rest := body(length); len(rest) > 0; {
		piece := rest[:min(len(rest), 32*1024)]
		if _, err := stream.Write(piece); err != nil {
			return
		}
		rest = rest[len(piece):]
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// collect reads the HEADERS of a stream, which would hold up its DATA otherwise, and gives all of them at its end.
func collect(stream *spdystream.Stream) <-chan []http.Header {
	all := make(chan []http.Header)
	go func() {
		var blocks []http.Header
		for {
			block, err := stream.ReceiveHeader()
			if err != nil {
				all <- blocks
				return
			}
			blocks = append(blocks, block)
		}
	}()
	return all
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

func number(text string) int {
	value, err := strconv.Atoi(text)
	must(err)
	return value
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
		go connection.Serve(func(stream *spdystream.Stream) {
			// Here and not in answer: until the library has sent its reply, it drops DATA and HEADERS.
			reply := http.Header{":status": {"200 OK"}, ":version": {"HTTP/1.1"}}
			if stream.Headers().Get(":path") == "/unknown" {
				// Nothing else is being sent, so this comes between two frames.
				socket.Write([]byte("\x80\x03\x12\x34\x00\x00\x00\x05hello"))
			}
			if stream.Headers().Get(":path") == "/push" {
				push(stream, "/pushed/1")
				push(stream, "/pushed/2")
			}
			stream.SendReply(reply, false)
			go answer(stream)
		})
	}
}

func push(parent *spdystream.Stream, path string) {
	headers := http.Header{":status": {"200 OK"}, ":version": {"HTTP/1.1"}, ":scheme": {"http"}, ":host": {"localhost"},
		":path": {path}, "x-pushed": {"yes"}}
	pushed, err := parent.CreateSubStream(headers, false)
	must(err)
	write(pushed, 1000)
	pushed.Close()
}

func answer(stream *spdystream.Stream) {
	path := strings.Split(stream.Headers().Get(":path"), "/")
	switch path[1] {
	case "size":
		write(stream, number(path[2]))
	case "upload":
		headers := collect(stream)
		length, intact := check(stream)
		var names []string
		for _, block := range <-headers {
			for name := range block {
				names = append(names, strings.ToLower(name))
			}
		}
		fmt.Fprintf(stream, "received %d, intact %t, headers %s", length, intact, strings.Join(names, ","))
	case "echo":
		io.Copy(struct{ io.Writer }{stream}, stream)
	case "headers":
		stream.SendHeader(http.Header{"x-more": {"one"}}, false)
		write(stream, 100)
		stream.SendHeader(http.Header{"x-more": {"two"}}, false)
	case "push", "unknown":
		write(stream, 100)
	case "abort":
		write(stream, 10000)
		stream.Reset()
		return
	}
	stream.Close()
}

func fetch(port string, count int, method, path string, size int) {
	socket, err := net.Dial("tcp", "127.0.0.1:"+port)
	must(err)
	connection, err := spdystream.NewConnection(socket, false)
	must(err)
	var pushes int32
	go connection.Serve(func(pushed *spdystream.Stream) {
		// Its DATA is dropped, for there is no reply to send.
		if pushed.Parent() != nil {
			atomic.AddInt32(&pushes, 1)
		}
	})
	var all sync.WaitGroup
	for i := 0; i < count; i++ {
		headers := http.Header{":method": {method}, ":path": {path}, ":scheme": {"http"}, ":host": {"localhost"},
			":version": {"HTTP/1.1"}, "x-number": {strconv.Itoa(i)}}
		stream, err := connection.CreateStream(headers, nil, method == "GET")
		must(err)
		all.Add(1)
		go func(i int) {
			defer all.Done()
			request(stream, method, size, i, &pushes)
		}(i)
	}
	all.Wait()
	connection.Close()
}

// request makes one request and reports. The library does not show the headers of a reply: any reply counts as 200.
func request(stream *spdystream.Stream, method string, size, i int, pushes *int32) {
	if method == "ABORT" {
		write(stream, 10000)
		must(stream.Reset())
		fmt.Printf("done %d status=none\n", i)
		return
	}
	if method == "POST" {
		write(stream, size)
		must(stream.Close())
	}
	must(stream.Wait())
	headers := collect(stream)
	length, intact := check(stream)
	var more []string
	for _, block := range <-headers {
		more = append(more, block.Get("x-more"))
	}
	fmt.Printf("done %d status=200 length=%d intact=%t pushes=%d pushed=0 more=%s\n", i, length, intact,
		atomic.LoadInt32(pushes), strings.Join(more, ","))
}

func main() {
	if os.Args[1] == "serve" {
		serve()
	}
	fetch(os.Args[3], number(os.Args[4]), os.Args[5], os.Args[6], number(os.Args[7]))
}
