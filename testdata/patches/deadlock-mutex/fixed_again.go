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

func (c *cache) evict() {
	c.mu.Lock() // 7: rwlock; in 19
	defer c.mu.Unlock()

	if len(c.values) > 100 {
		clear(c.values)
	}
}

func main() {
	c := &cache{values: map[string]int{}}
	for range 10 {
		go c.put("a")
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
