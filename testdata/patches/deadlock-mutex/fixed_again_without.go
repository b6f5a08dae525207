package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type cache struct {
	mu     sync.RWMutex
	values map[string]int
}

func (c *cache) put(k string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[k]++
	c.evict()
}

// One of its callers has no lock.
func (c *cache) evict() {
	c.mu.Lock() // 7: rwlock; in 19
	defer c.mu.Unlock()
	clear(c.values)
}

func (c *cache) drop() {
	c.evict()
}

func main() {
	for range 10 {
		c := &cache{values: map[string]int{}}
		c.drop()
		go c.put("a")
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
