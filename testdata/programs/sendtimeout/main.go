// Command sendtimeout leaks a sender: the handler gives up on its timeout, and the worker
// it started then sends on an unbuffered channel that nobody reads any more.
//
// Mend: make(chan quote, 1).
package main

import (
	"context"
	"errors"
	"time"

	"example.com/leakscope/programs/serve"
)

type quote struct{ cents int }

// ask answers later than the handler is willing to wait.
func ask(sku string) quote {
	time.Sleep(15 * time.Millisecond)
	return quote{cents: 100 * len(sku)}
}

func priceOf(sku string) (quote, error) {
	answer := make(chan quote) // no room for the late answer
	go func() {
		q := ask(sku)
		serve.Leak(1)
		answer <- q // leaks: the only receiver has returned
	}()
	select {
	case q := <-answer:
		return q, nil
	case <-time.After(5 * time.Millisecond):
		return quote{}, errors.New("price service: timeout")
	}
}

func main() {
	serve.Run(serve.Case{
		Work:    func(context.Context) { _, _ = priceOf("sku-1") },
		PerWork: 1,
	})
}
