package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type State struct {
	mu sync.RWMutex
	n  int
}

func (s *State) Double() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	time.Sleep(10 * time.Millisecond)
	return 2 * s.Get()
}

// Others call it without the lock.
func (s *State) Get() int {
	s.mu.RLock() // 9: rwlock; in 19
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
	for range 10 {
		go s.Double()
	}
	time.Sleep(5 * time.Millisecond)
	go s.Set(1)

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
