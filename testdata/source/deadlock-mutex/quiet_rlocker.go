// Package store gives a read lock back on both ways.
package store

import "sync"

type Store struct {
	mu    sync.RWMutex
	known map[string]int
}

func (s *Store) Get(key string) (int, bool) {
	s.mu.RLocker().Lock()
	n, ok := s.known[key]
	if !ok {
		s.mu.RUnlock()
		return 0, false
	}
	s.mu.RLocker().Unlock()
	return n, true
}

func (s *Store) Put(key string, n int) {
	s.mu.Lock() // 4: rwlock
	defer s.mu.Unlock()
	s.known[key] = n
}
