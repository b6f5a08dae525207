package conn

import "sync"

type Conn struct {
	mu     sync.Mutex
	closed bool
}

// acquire returns with the lock if the connection is open.
func (c *Conn) acquire() bool {
	c.mu.Lock() // 5: lock; in 25
	if c.closed {
		c.mu.Unlock()
		return false
	}
	return true
}

func (c *Conn) release() {
	c.mu.Unlock()
}

func (c *Conn) Write() {
	if !c.acquire() {
		return
	}
	defer c.release()
}
