package main

import "sync"

type account struct {
	mu      sync.Mutex
	balance int
	notify  func(int)
}

// What is returned early is read under the lock.
func (a *account) withdraw(n int) int {
	a.mu.Lock() // 7: lock
	if a.balance < n {
		return a.balance
	}
	a.balance -= n
	a.mu.Unlock()
	a.notify(n)
	return n
}

func main() {
	a := account{balance: 3, notify: func(int) {}}
	_ = a.withdraw(1)
}
