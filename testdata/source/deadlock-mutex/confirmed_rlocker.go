// Package store gives a read lock back on one of two ways.
package store

import (
	"errors"
	"sync"
)

type Store struct {
	mu    sync.RWMutex
	known map[string]int
}

func (s *Store) Get(key string) (int, error) {
	s.mu.RLocker().Lock()
	n, ok := s.known[key]
	if !ok {
		return 0, errors.New("unknown")
	}
	s.mu.RUnlock()
	return n, nil
}

func (s *Store) Put(key string, n int) {
	s.mu.Lock() // 4: rwlock
	defer s.mu.Unlock()
	s.known[key] = n
}
