// Command wgmissing leaks a waiter: one of three workers returns on an error without
// Done, so the goroutine that waits for all three, to close the results, never wakes.
//
// Mend: defer wg.Done() as the worker's first line.
package main

import (
	"context"
	"sync"

	"example.com/leakscope/programs/serve"
)

func shard(id int, rows chan<- int, wg *sync.WaitGroup) {
	if id == 1 {
		return // an error: Done is forgotten
	}
	rows <- id
	wg.Done()
}

func closeWhenDone(rows chan int, wg *sync.WaitGroup) {
	serve.Leak(1)
	wg.Wait() // leaks: the count stays at one
	close(rows)
}

func handle(context.Context) {
	const shards = 3
	rows := make(chan int, shards)
	wg := new(sync.WaitGroup)
	wg.Add(shards)
	for id := range shards {
		go shard(id, rows, wg)
	}
	go closeWhenDone(rows, wg)
	<-rows // the first row is enough for the answer
}

func main() {
	serve.Run(serve.Case{Work: handle, PerWork: 1})
}
