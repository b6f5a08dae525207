package main

import "sync"

type ledger struct {
	mu    sync.Mutex
	parts []int
	total int
}

// The goroutines use the parts, which the lock of `settle` guards meanwhile.
func (l *ledger) settle() {
	var wg sync.WaitGroup
	l.mu.Lock()
	defer l.mu.Unlock()
	wg.Add(1)
	go func() {
		defer wg.Done()
		for _, part := range l.parts {
			l.add(part)
		}
	}()
	wg.Wait() // 3: wait group
}

func (l *ledger) add(n int) {
	l.mu.Lock() // 9: lock; in 20; from 17
	defer l.mu.Unlock()
	l.total += n
}

func main() {
	go (&ledger{}).settle()
}
