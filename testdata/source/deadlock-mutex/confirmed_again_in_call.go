package cache

import "sync"

type Cache struct {
	state struct {
		mu sync.Mutex
	}
	entries map[string]int
}

func (c *Cache) Put(key string) {
	c.state.mu.Lock() // 4: lock
	defer c.state.mu.Unlock()
	if len(c.entries) > 100 {
		c.evict()
	}
	c.entries[key]++
}

func (c *Cache) evict() {
	c.state.mu.Lock() // 1: lock; in 16
	defer c.state.mu.Unlock()
	clear(c.entries)
}
