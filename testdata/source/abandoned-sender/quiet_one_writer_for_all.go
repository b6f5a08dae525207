// Package chat has one writer for all senders: it is there, and slow.
package chat

import (
	"bufio"
	"net"
)

type session struct {
	conn net.Conn
	out  chan string
}

func (s *session) write() {
	for line := range s.out {
		if _, err := s.conn.Write([]byte(line)); err != nil { // 1: network; from 32
			return
		}
	}
}

func (s *session) read(c net.Conn) {
	sc := bufio.NewScanner(c)
	for sc.Scan() {
		s.out <- sc.Text() // 30: channel send; from 38
	}
}

// Serve serves the connections of a listener.
func Serve(l net.Listener, log net.Conn) {
	s := &session{conn: log, out: make(chan string, 4)}
	go s.write()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go s.read(conn)
	}
}
