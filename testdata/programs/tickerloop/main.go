// Command tickerloop leaks one loop for each request: it ranges over a ticker's channel,
// which is never closed, not even by Stop. The goroutine wakes once a second for ever, so
// it never looks old and goroutineleak does not see it.
//
// Mend: a select with <-ctx.Done() beside the ticker, and defer t.Stop().
package main

import (
	"context"
	"time"

	"example.com/leakscope/programs/serve"
)

type gauge struct{ samples int }

func (g *gauge) sample() {
	t := time.NewTicker(time.Second)
	serve.Leak(1)
	for range t.C { // leaks: a ticker's channel has no end
		g.samples++
	}
}

func handle(context.Context) { go new(gauge).sample() }

func main() {
	serve.Run(serve.Case{Work: handle, PerWork: 1})
}
