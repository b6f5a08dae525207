// Command api limits what its clients may do.
package main

import (
	"net"
	"net/http"
	"time"
)

func main() {
	go accept()
	s := &http.Server{Addr: ":8080"}
	s.ReadHeaderTimeout = time.Second
	s.ListenAndServe()
}

func accept() {
	l, _ := net.Listen("tcp", ":9090")
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go serve(c)
	}
}

func serve(c net.Conn) {
	buf := make([]byte, 512)
	for {
		c.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := c.Read(buf); err != nil { // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read
			return
		}
	}
}

// 12: network; alone net.(*conn).Read < net/http.(*connReader).Read < bufio.(*Reader).fill < net/http.(*conn).readRequest < net/http.(*conn).serve
