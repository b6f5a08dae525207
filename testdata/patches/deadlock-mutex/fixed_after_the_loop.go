package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type queue struct {
	mu     sync.Mutex
	list   []int
	closed bool
}

// What comes after the loop is guarded, too.
func (q *queue) drain() int {
	for {
		q.mu.Lock() // 7: lock
		if q.closed {
			break
		}
		q.list = nil
		q.mu.Unlock()
	}
	q.list = append(q.list, 1)
	return 1
}

func main() {
	q := &queue{closed: true}
	for range 10 {
		go q.drain()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
