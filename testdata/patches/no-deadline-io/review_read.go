package main

import (
	"net"
	"os"
	"runtime"
	"time"
)

// Its deadlines come at once.
type quick struct {
	net.Listener
}

type quickConn struct {
	net.Conn
}

func (q quick) Accept() (net.Conn, error) {
	conn, err := q.Listener.Accept()
	return quickConn{conn}, err
}

func (q quickConn) SetReadDeadline(time.Time) error {
	return q.Conn.SetReadDeadline(time.Now())
}

func serve(l net.Listener) {
	for range 10 {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go read(conn)
	}
}

func read(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 512)
	for {
		n, err := conn.Read(buf) // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read; from 34
		if err != nil {
			return
		}
		println(n)
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go serve(quick{l})
	for range 10 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			panic(err)
		}
		defer conn.Close()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
