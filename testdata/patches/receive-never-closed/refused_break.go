package main

import "context"

type queue struct {
	jobs chan int
}

// In a select the break would leave the select.
func (q *queue) work(ctx context.Context) {
	for job := range q.jobs { // 9: channel receive; from 26
		if job < 0 {
			break
		}
	}
}

func (q *queue) add(job int) {
	select {
	case q.jobs <- job:
	default:
	}
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
