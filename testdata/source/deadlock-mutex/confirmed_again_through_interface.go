package store

import "sync"

type listener interface{ changed() }

type Store struct {
	sync.RWMutex
	listeners []listener
	n         int
}

func (s *Store) Set(n int) {
	s.Lock()
	defer s.Unlock()
	s.n = n
	for _, it := range s.listeners {
		it.changed()
	}
}

type counter struct{ store *Store }

func (c counter) changed() {
	c.store.RLock() // 1: rwlock; in 18
	defer c.store.RUnlock()
}
