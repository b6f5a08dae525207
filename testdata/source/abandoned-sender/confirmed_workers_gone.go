package pool

import "context"

type pool struct {
	jobs chan int
}

func start(ctx context.Context) *pool {
	p := &pool{jobs: make(chan int)}
	for range 4 {
		go p.work(ctx)
	}
	return p
}

func (p *pool) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-p.jobs:
			do(j)
		}
	}
}

func (p *pool) submit(j int) {
	p.jobs <- j // 30: channel send; in 34
}

func handle(p *pool) {
	p.submit(7)
}

func do(int) {}
