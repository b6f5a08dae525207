package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type state struct {
	mu sync.RWMutex
	n  int
}

func (s *state) sum(other *state) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	time.Sleep(10 * time.Millisecond)
	return s.get() + other.get()
}

// One of its calls is for a state whose lock nobody holds.
func (s *state) get() int {
	s.mu.RLock() // 9: rwlock; in 19
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
	for range 10 {
		go s.sum(&state{})
	}
	time.Sleep(5 * time.Millisecond)
	go s.set(1)

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
