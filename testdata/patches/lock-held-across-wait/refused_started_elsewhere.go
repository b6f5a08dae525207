package main

import "sync"

type ledger struct {
	mu    sync.Mutex
	parts []int
	total int
}

// What starts the goroutines is another function, and they use the parts without the lock.
func (l *ledger) settle() {
	var wg sync.WaitGroup
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start(&wg)
	wg.Wait() // 3: wait group
}

func (l *ledger) start(wg *sync.WaitGroup) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		l.parts = nil
		l.mu.Lock() // 9: lock; from 22
		l.total++
		l.mu.Unlock()
	}()
}

func main() {
	go (&ledger{}).settle()
}
