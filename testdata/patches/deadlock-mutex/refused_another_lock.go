package main

import "sync"

type account struct {
	mu      sync.Mutex
	balance int
	next    *account
}

// At the return `a` is another account than the one that is locked.
func (a *account) find(n int) *account {
	for a != nil {
		a.mu.Lock() // 7: lock
		if a.balance > n {
			a = a.next
			return a
		}
		a.mu.Unlock()
		a = a.next
	}
	return nil
}

func main() {
	_ = (&account{}).find(1)
}
