package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

type queue struct {
	jobs chan int
	done int
}

func (q *queue) work() int {
	for job := range q.jobs { // 9: channel receive; from 32
		q.done += job
	}
	return q.done
}

// A full queue drops the job.
func (q *queue) add(job int) {
	select {
	case q.jobs <- job:
	default:
	}
}

func start(ctx context.Context) {
	q := &queue{jobs: make(chan int, 3)}
	go q.work()
	q.add(1)
}

func main() {
	call := start
	for range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		call(ctx)
		cancel()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
