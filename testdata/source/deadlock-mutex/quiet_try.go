package refresh

import "sync"

type Page struct {
	mu sync.Mutex
	n  int
}

func (p *Page) Refresh(load func() int) {
	if !p.mu.TryLock() {
		return
	}
	p.n = load()
	p.mu.Unlock()
}

func (p *Page) Get() int {
	p.mu.Lock() // 4: lock
	defer p.mu.Unlock()
	return p.n
}
