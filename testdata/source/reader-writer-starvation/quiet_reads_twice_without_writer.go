package state

import "sync"

type State struct {
	mu sync.RWMutex
	n  int
}

func (s *State) Get() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.get()
}

func (s *State) get() int {
	s.mu.RLock() // 11: rwlock; in 13
	defer s.mu.RUnlock()
	return s.n
}
