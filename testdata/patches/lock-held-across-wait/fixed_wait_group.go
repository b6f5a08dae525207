package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type ledger struct {
	mu    sync.Mutex
	total int
}

func (l *ledger) settle() {
	var wg sync.WaitGroup
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			l.mu.Lock() // 9: lock; from 21
			l.total++
			l.mu.Unlock()
		}()
	}
	wg.Wait() // 3: wait group
}

func main() {
	for range 5 {
		go (&ledger{}).settle()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
