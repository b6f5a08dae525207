// Package bank locks a ledger and its accounts in both orders.
package bank

import "sync"

type Account struct {
	mu    sync.Mutex
	cents int64
}

type Ledger struct {
	mu       sync.Mutex
	accounts map[int]*Account
	log      []string
}

func (l *Ledger) Transfer(from, to int, cents int64) {
	a, b := l.accounts[from], l.accounts[to]
	a.mu.Lock() // 6: lock
	defer a.mu.Unlock()
	l.record("transfer")
	a.cents -= cents
	b.cents += cents
}

func (l *Ledger) record(s string) {
	l.mu.Lock() // 4: lock; in 21
	defer l.mu.Unlock()
	l.log = append(l.log, s)
}

func (l *Ledger) Total() (sum int64) {
	l.mu.Lock() // 7: lock
	defer l.mu.Unlock()
	for _, a := range l.accounts {
		a.mu.Lock() // 1: lock
		sum += a.cents
		a.mu.Unlock()
	}
	return sum
}
