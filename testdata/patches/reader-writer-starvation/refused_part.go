package main

import "sync"

type State struct {
	mu      sync.RWMutex
	n       int
	watched func(int)
}

func (s *State) Double() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return 2 * s.Get()
}

// Get calls watched without the lock.
func (s *State) Get() int {
	s.mu.RLock() // 9: rwlock; in 14
	n := s.n
	s.mu.RUnlock()
	s.watched(n)
	return n
}

func (s *State) Set(n int) {
	s.mu.Lock() // 2: rwlock
	defer s.mu.Unlock()
	s.n = n
}

func main() {
	s := &State{watched: func(int) {}}
	go s.Set(1)
	s.Double()
}
