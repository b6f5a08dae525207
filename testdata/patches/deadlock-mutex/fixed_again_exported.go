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
	c.Evict()
}

// It may be called through an interface.
func (c *cache) Evict() {
	c.mu.Lock() // 7: rwlock; in 19
	defer c.mu.Unlock()
	clear(c.values)
}

func main() {
	for range 10 {
		c := &cache{values: map[string]int{}}
		go c.put("a")
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
