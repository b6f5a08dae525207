package main

import (
	"os"
	"runtime"
	"sync"
	"time"
)

type account struct {
	mu      sync.Mutex
	balance int
	notify  func(int)
}

// The end of the function has the lock, and a defer would come too late for notify.
func (a *account) add(n int) {
	a.mu.Lock() // 7: lock
	if n < 0 {
		a.mu.Unlock()
		a.notify(n)
		return
	}
	a.balance += n
}

func main() {
	a := account{notify: func(int) {}}
	for range 10 {
		go a.add(5)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
