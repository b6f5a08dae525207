package session

import (
	"net"
	"sync"
)

type Session struct {
	mu   sync.Mutex
	conn net.Conn
}

func (s *Session) Write(text []byte) {
	s.mu.Lock() // 6: lock
	defer s.mu.Unlock()
	s.conn.Write(text) // 1: network
}
