package device

import (
	"sync"
	"time"
)

type Set struct {
	mu sync.Mutex
	n  int
}

func (s *Set) Delete() {
	s.mu.Lock() // 3: lock
	defer s.mu.Unlock()
	s.pause()
}

// pause is called with the lock, and gives it back meanwhile.
func (s *Set) pause() {
	s.mu.Unlock()
	time.Sleep(time.Second) // 1: sleep; in 16
	s.mu.Lock()
}
