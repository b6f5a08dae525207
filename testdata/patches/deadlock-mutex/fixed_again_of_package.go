package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

var (
	mu    sync.Mutex
	names = map[string]bool{}
)

func add(name string) {
	mu.Lock() // 7: lock; in 24
	defer mu.Unlock()
	names[name] = true
}

func addAll(list []string) {
	mu.Lock()
	defer mu.Unlock()
	for _, name := range list {
		add(name)
	}
}

func main() {
	for range 10 {
		go addAll([]string{"a"})
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
