package main

import "sync"

type Cache struct {
	mu    sync.RWMutex
	items map[string]int
}

// Add writes, and the caller holds the lock for reading only.
func (c *Cache) Add(name string) {
	c.mu.Lock() // 7: rwlock; in 21
	defer c.mu.Unlock()
	c.items[name]++
}

func (c *Cache) Get(name string) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.items[name] == 0 {
		c.Add(name)
	}
	return c.items[name]
}

func main() {
	c := &Cache{items: map[string]int{}}
	go c.Get("a")
	c.Add("a")
}
