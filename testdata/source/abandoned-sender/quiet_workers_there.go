package pool

import "context"

type pool struct {
	jobs chan int
	done chan int
}

func start(ctx context.Context) *pool {
	p := &pool{jobs: make(chan int), done: make(chan int)}
	go p.work(ctx)
	return p
}

// The one worker is there: it is slow, it has not left.
func (p *pool) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-p.jobs:
			p.do(j)
		}
	}
}

func (p *pool) do(j int) {
	p.done <- j // 1: channel send; in 23; from 12
}

func (p *pool) submit(j int) {
	p.jobs <- j // 30: channel send; in 36
}

func handle(p *pool) {
	p.submit(7)
	<-p.done
}
