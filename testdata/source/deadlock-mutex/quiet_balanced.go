package count

import "sync"

type Counter struct {
	mu sync.Mutex
	n  int
}

func (c *Counter) Add(by int) int {
	c.mu.Lock() // 40: lock
	if by == 0 {
		n := c.n
		c.mu.Unlock()
		return n
	}
	defer c.mu.Unlock()
	c.n += by
	return c.n
}
