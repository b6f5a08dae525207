package main

import "sync"

type state struct {
	mu sync.RWMutex
	n  int
}

// Another state has the same name inside of the loop.
func (s *state) sum(others []*state) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := s.n
	for _, s := range others {
		n += s.get()
	}
	return n
}

func (s *state) get() int {
	s.mu.RLock() // 9: rwlock; in 16
	defer s.mu.RUnlock()
	return s.n
}

func (s *state) set(n int) {
	s.mu.Lock() // 2: rwlock
	defer s.mu.Unlock()
	s.n = n
}

func main() {
	s := &state{}
	go s.set(1)
	s.sum([]*state{s})
}
