package handed

import "sync"

type mailbox struct {
	mu   sync.Mutex
	cond *sync.Cond
}

func (b *mailbox) Ready(register func(*sync.Cond)) {
	register(b.cond)
	b.mu.Lock()
	b.cond.Wait() // 4: condition
	b.mu.Unlock()
}
