package main

import (
	"errors"
	"os"
	"sync"
	"time"
)

type account struct {
	mu      sync.Mutex
	balance int
}

func (a *account) withdraw(n int) error {
	a.mu.Lock() // 7: lock
	if a.balance < n {
		return errors.New("too little")
	}
	a.balance -= n

	a.mu.Unlock()
	return nil
}

func main() {
	a := account{balance: 3}
	done := make(chan struct{}, 2)
	for range 2 {
		go func() {
			_ = a.withdraw(5)
			done <- struct{}{}
		}()
	}
	for range 2 {
		select {
		case <-done:
		case <-time.After(200 * time.Millisecond):
			os.Exit(1)
		}
	}
}
