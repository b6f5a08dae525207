// Package chat answers through a channel that a writer empties until its first error.
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
	for line := range s.out { // 3: channel receive; from 40
		if _, err := s.conn.Write([]byte(line)); err != nil {
			return
		}
	}
}

func (s *session) read() {
	defer close(s.out)
	sc := bufio.NewScanner(s.conn)
	for sc.Scan() {
		s.out <- sc.Text() // 30: channel send; from 41
	}
}

// Serve serves the connections of a listener.
func Serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s := &session{conn: conn, out: make(chan string, 4)}
		_ = s
		//
		go s.write()
		go s.read()
	}
}
