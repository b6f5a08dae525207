package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type crawl struct {
	group sync.WaitGroup
	seen  map[string]bool
}

func (c *crawl) visit(name string) {
	if c.seen[name] {
		return
	}
	c.group.Done()
}

func (c *crawl) all(names []string) {
	for _, name := range names {
		c.group.Add(1)
		go c.visit(name)
	}
	c.group.Wait() // 9: wait group
}

func main() {
	for range 10 {
		c := &crawl{seen: map[string]bool{"a": true}}
		go c.all([]string{"a", "b"})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
