package count

import "sync"

type Counter struct {
	mu     sync.Mutex
	shared bool
	n      int
}

func (c *Counter) Add() {
	if c.shared {
		c.mu.Lock() // 9: lock
	}
	c.n++
	if c.shared {
		c.mu.Unlock()
	}
}
