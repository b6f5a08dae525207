// Command lockstuck lets waiters pile up behind a mutex: withdraw returns early on an
// error and forgets to unlock. Each later request starts a deposit that waits for good.
// The ledger is a package variable, so the garbage collector cannot prove the leak:
// goroutineleak is empty here.
//
// Mend: defer l.mu.Unlock() right after Lock.
package main

import (
	"context"
	"errors"
	"sync"

	"example.com/leakscope/programs/serve"
)

type ledger struct {
	mu      sync.Mutex
	balance int
}

var accounts ledger

func (l *ledger) withdraw(amount int) error {
	l.mu.Lock()
	if amount > l.balance {
		return errors.New("not covered") // the mutex stays locked
	}
	l.balance -= amount
	l.mu.Unlock()
	return nil
}

func (l *ledger) deposit(amount int) {
	serve.Leak(1)
	l.mu.Lock() // leaks: the holder is long gone
	defer l.mu.Unlock()
	l.balance += amount
}

func handle(context.Context) { go accounts.deposit(10) }

func main() {
	serve.Run(serve.Case{
		Start:   func() { _ = accounts.withdraw(1) },
		Work:    handle,
		PerWork: 1,
	})
}
