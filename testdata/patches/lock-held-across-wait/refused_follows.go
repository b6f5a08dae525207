package main

import "sync"

type ledger struct {
	mu    sync.Mutex
	total int
}

// The sum is read under the lock.
func (l *ledger) settle() int {
	var wg sync.WaitGroup
	l.mu.Lock()
	defer l.mu.Unlock()
	wg.Add(1)
	go func() {
		defer wg.Done()
		l.mu.Lock() // 9: lock; from 16
		l.total++
		l.mu.Unlock()
	}()
	wg.Wait() // 3: wait group
	return l.total
}

func main() {
	go (&ledger{}).settle()
}
