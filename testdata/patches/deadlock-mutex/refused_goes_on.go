package main

import (
	"errors"
	"sync"
)

type account struct {
	mu      sync.Mutex
	balance int
	notify  func(int)
}

// notify may lock the account again.
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
	_ = a.withdraw(1)
}
