package main

import "sync"

type state struct {
	mu sync.RWMutex
	n  int
}

func (s *state) sum(other *state) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.get() + other.get()
}

// One of its calls is for a state whose lock nobody holds.
func (s *state) get() int {
	s.mu.RLock() // 9: rwlock; in 13
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
	s.sum(&state{})
}
