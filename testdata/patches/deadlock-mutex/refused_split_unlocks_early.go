package main

import "sync"

type Cache struct {
	mu     sync.Mutex
	items  map[string]int
	notify func()
}

// Drop calls notify without the lock.
func (c *Cache) Drop(name string) {
	c.mu.Lock() // 7: lock; in 22
	delete(c.items, name)
	c.mu.Unlock()
	c.notify()
}

func (c *Cache) DropAll(names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		c.Drop(name)
	}
}

func main() {
	c := &Cache{items: map[string]int{}, notify: func() {}}
	go c.DropAll([]string{"a"})
	c.Drop("a")
}
