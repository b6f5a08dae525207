package main

import "sync"

type State struct {
	mu sync.RWMutex
	n  int
}

func (s *State) Double() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return 2 * s.Get()
}

// Others call it without the lock.
func (s *State) Get() int {
	s.mu.RLock() // 9: rwlock; in 13
	defer s.mu.RUnlock()
	return s.n
}

func (s *State) Set(n int) {
	s.mu.Lock() // 2: rwlock
	defer s.mu.Unlock()
	s.n = n
}

func main() {
	s := &State{}
	go s.Set(1)
	s.Double()
}
