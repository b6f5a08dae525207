package bank

import "sync"

type Account struct {
	mu      sync.Mutex
	balance int
}

func transfer(from, to *Account, n int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	to.mu.Lock() // 2: lock
	defer to.mu.Unlock()
	from.balance -= n
	to.balance += n
}
