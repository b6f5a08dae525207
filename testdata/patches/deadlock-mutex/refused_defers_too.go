package main

import (
	"errors"
	"sync"
)

type account struct {
	mu      sync.Mutex
	balance int
}

// The lock would be held while the other deferred call runs, or after it.
func (a *account) withdraw(n int, notify func()) error {
	defer notify()
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
	_ = a.withdraw(1, func() {})
}
