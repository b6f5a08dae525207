package state

import "sync"

type State struct {
	mu sync.RWMutex
	n  int
}

func (s *State) Get() int {
	s.mu.RLock()
	n := s.n
	s.mu.RUnlock()
	return n + s.get()
}

func (s *State) get() int {
	s.mu.RLock() // 11: rwlock; in 14
	defer s.mu.RUnlock()
	return s.n
}

func (s *State) Set(n int) {
	s.mu.Lock() // 2: rwlock
	defer s.mu.Unlock()
	s.n = n
}
