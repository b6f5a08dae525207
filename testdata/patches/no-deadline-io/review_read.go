package main

import (
	"net"
	"os"
	"runtime"
	"time"
)

type quickConn struct {
	net.Conn
}

func (q quickConn) SetReadDeadline(time.Time) error {
	return q.Conn.SetReadDeadline(time.Now())
}

type dialer interface {
	Dial(network, address string) (net.Conn, error)
}

type quick struct{}

func (quick) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	return quickConn{conn}, err
}

// Its net is the package, with connections whose deadlines come at once.
func ask(net dialer, address string) {
	for range 10 {
		conn, err := net.Dial("tcp", address)
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
		n, err := conn.Read(buf) // 12: network; below internal/poll.(*FD).Read < net.(*netFD).Read < net.(*conn).Read; from 36
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
	go ask(quick{}, l.Addr().String())

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
