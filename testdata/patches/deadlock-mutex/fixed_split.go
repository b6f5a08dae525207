package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type Cache struct {
	mu    sync.RWMutex
	items map[string][]string
}

// Size is called from elsewhere, too.
func (c *Cache) Size(names ...string) (total int) {
	c.mu.RLock() // 7: rwlock; in 37
	defer c.mu.RUnlock()

	for _, name := range names {
		total += len(c.items[name])
	}
	return total
}

// Clear drops what there is.
func (c *Cache) Clear() {
	c.mu.Lock()
	clear(c.items)
	c.mu.Unlock()
}

// Put adds values.
func (c *Cache) Put(name string, values []string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Size(name) > 3 {
		c.Clear()
	}
	c.items[name] = append(c.items[name], values...)
	return len(c.items)
}

func main() {
	for range 10 {
		c := &Cache{items: map[string][]string{}}
		if c.Size("a") != 0 {
			os.Exit(2)
		}
		go c.Put("a", []string{"b"})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
