package main

import (
	"errors"
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

// notify may lock the account again, so a defer would come too late.
func (a *account) withdraw(n int) error {
	a.mu.Lock() // 7: lock
	if a.balance < n {
		return errors.New("too little")
	}
	a.balance -= n
	a.mu.Unlock()
	a.notify(n)
	return nil
}

func main() {
	a := account{balance: 3, notify: func(int) {}}
	for range 10 {
		go a.withdraw(5)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
