package mail

import "sync"

type mailbox struct {
	mu   sync.Mutex
	cond *sync.Cond
	msgs []string
}

func open() *mailbox {
	b := &mailbox{}
	b.cond = sync.NewCond(&b.mu)
	return b
}

func (b *mailbox) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.msgs) == 0 {
		b.cond.Wait() // 4: condition
	}
	return b.msgs[0]
}

func (b *mailbox) put(s string) {
	b.mu.Lock()
	b.msgs = append(b.msgs, s)
	b.mu.Unlock()
}
