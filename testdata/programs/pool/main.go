// Command pool is healthy: 16 workers wait for jobs for as long as the program runs. Many
// goroutines on one stack, waiting long, and still no leak: their number never changes.
package main

import (
	"context"
	"sync/atomic"

	"example.com/leakscope/programs/serve"
)

const workers = 16

var (
	jobs = make(chan int)
	done atomic.Int64
)

func work() {
	for range jobs {
		done.Add(1)
	}
}

func main() {
	serve.Run(serve.Case{
		Start: func() {
			for range workers {
				go work()
			}
		},
		Work: func(context.Context) {
			for job := range 5 {
				jobs <- job
			}
		},
	})
}
