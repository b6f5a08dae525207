package ledger

import "sync"

type Ledger struct {
	mu    sync.Mutex
	total int
}

func (l *Ledger) Settle(parts []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wg sync.WaitGroup
	for _, n := range parts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			l.mu.Lock() // 12: lock; from 16
			l.total += n
			l.mu.Unlock()
		}()
	}
	wg.Wait() // 2: wait group
}
