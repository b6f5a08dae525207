package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type gossip struct {
	mu     sync.Mutex
	closed bool
}

func (g *gossip) bootstrap() {
	for {
		g.mu.Lock()
		if g.closed {
			break
		}
		g.mu.Unlock()
	}
}

func (g *gossip) manage() {
	for {
		g.mu.Lock() // 7: lock
		if g.closed {
			break
		}
		g.mu.Unlock()
	}
}

func main() {
	g := &gossip{closed: true}
	for range 10 {
		go func() {
			g.bootstrap()
			g.manage()
		}()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
