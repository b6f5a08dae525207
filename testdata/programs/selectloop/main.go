// Command selectloop leaks one loop for each request: it selects on orders and cancels,
// and has no case that ends it. When the handler returns, nothing holds the channels.
//
// Mend: a case <-ctx.Done() that returns.
package main

import (
	"context"

	"example.com/leakscope/programs/serve"
)

type book struct {
	orders  chan int
	cancels chan int
	open    int
}

func (b *book) run() {
	serve.Leak(1)
	for {
		select { // leaks: no way out of the loop
		case n := <-b.orders:
			b.open += n
		case n := <-b.cancels:
			b.open -= n
		}
	}
}

func handle(context.Context) {
	b := &book{orders: make(chan int), cancels: make(chan int)}
	go b.run()
}

func main() {
	serve.Run(serve.Case{Work: handle, PerWork: 1})
}
