package main

import "context"

type queue struct {
	jobs chan int
}

func (q *queue) work(ctx context.Context) {
	for job := range q.jobs { // 9: channel receive; from 22
		_ = job
	}
}

// It would wait if the worker had left.
func (q *queue) add(job int) {
	q.jobs <- job
}

func start(ctx context.Context) {
	q := &queue{jobs: make(chan int)}
	go q.work(ctx)
	q.add(1)
}

func main() {
	call := start
	call(context.Background())
}
