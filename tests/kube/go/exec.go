package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

// execute runs the command of the request once all its streams are there.
func (u *upgraded) execute() {
	query := u.request.URL.Query()
	wanted := 1
	for _, name := range []string{"stdin", "stdout", "stderr"} {
		if query.Get(name) == "true" {
			wanted++
		}
	}
	if query.Get("tty") == "true" && u.protocol != "v2.channel.k8s.io" {
		wanted++
	}
	streams := map[string]*spdystream.Stream{}
	for len(streams) < wanted {
		select {
		case stream := <-u.streams:
			streams[stream.Headers().Get("streamtype")] = stream
		case <-u.spdy.CloseChan():
			return
		}
	}
	status := run(query["command"], streams)
	if u.ending == "abort" {
		return
	}
	if u.protocol == "v4.channel.k8s.io" || u.protocol == "v5.channel.k8s.io" {
		io.WriteString(streams["error"], statusObject(status))
	} else if status != nil {
		io.WriteString(streams["error"], status.Error())
	}
	u.end(streams)
}

func run(words []string, streams map[string]*spdystream.Stream) error {
	command := exec.Command(words[0], words[1:]...)
	var output sync.WaitGroup
	for name, pipe := range map[string]func() (io.ReadCloser, error){
		"stdout": command.StdoutPipe,
		"stderr": command.StderrPipe,
	} {
		if stream := streams[name]; stream != nil {
			from, err := pipe()
			if err != nil {
				return err
			}
			output.Add(1)
			go func() {
				defer output.Done()
				send(stream, from)
			}()
		}
	}
	if stream := streams["stdin"]; stream != nil {
		to, err := command.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			io.Copy(to, stream)
			to.Close()
		}()
	}
	if err := command.Start(); err != nil {
		return err
	}
	output.Wait()
	return command.Wait()
}

func statusObject(status error) string {
	var exit *exec.ExitError
	switch {
	case status == nil:
		return `{"metadata":{},"status":"Success"}`
	case errors.As(status, &exit):
		return fmt.Sprintf(`{"metadata":{},"status":"Failure","reason":"NonZeroExitCode","message":%q,`+
			`"details":{"causes":[{"reason":"ExitCode","message":"%d"}]}}`,
			"command terminated with non-zero exit code: "+status.Error(), exit.ExitCode())
	default:
		return fmt.Sprintf(`{"metadata":{},"status":"Failure","reason":"InternalError","message":%q}`, status.Error())
	}
}

// end closes the session in one of the ways that servers have. The caller closes the TCP connection.
func (u *upgraded) end(streams map[string]*spdystream.Stream) {
	switch u.ending {
	case "fin":
		for _, stream := range streams {
			stream.Close()
		}
		select { // the client goes first
		case <-u.spdy.CloseChan():
		case <-time.After(5 * time.Second):
		}
	case "reset":
		for _, stream := range streams {
			stream.Reset()
		}
		u.spdy.Close()
	case "goaway":
		go u.spdy.Close() // which waits for the streams to end
		time.Sleep(200 * time.Millisecond)
	}
}
