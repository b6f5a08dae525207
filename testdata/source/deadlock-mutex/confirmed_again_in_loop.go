package pool

import "sync"

type Pool struct {
	mu   sync.Mutex
	jobs []func() bool
}

func (p *Pool) run() {
	for {
		p.mu.Lock() // 1: lock
		if len(p.jobs) == 0 {
			continue
		}
		job := p.jobs[0]
		p.mu.Unlock()
		if job() {
			return
		}
	}
}
