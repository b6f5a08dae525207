package main

import "sync"

type cache struct {
	mu     sync.RWMutex
	values map[string]int
}

func (c *cache) put(k string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[k]++
	c.Evict()
}

// It may be called through an interface.
func (c *cache) Evict() {
	c.mu.Lock() // 7: rwlock; in 14
	defer c.mu.Unlock()
	clear(c.values)
}

func main() {
	c := &cache{values: map[string]int{}}
	go c.put("a")
}
