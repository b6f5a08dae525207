package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type watch struct {
	mu      sync.Mutex
	updates chan int
	done    chan struct{}
}

func start() *watch {
	w := &watch{updates: make(chan int, 1), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for range w.updates {
			time.Sleep(time.Millisecond)
			w.mu.Lock() // 9: lock; from 18
			w.mu.Unlock()
		}
	}()
	return w
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.updates)
	<-w.done // 9: channel receive
}

func main() {
	for range 10 {
		w := start()
		w.updates <- 1
		go w.stop()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
