// Command timersleep leaks a retry loop for each request: it sleeps and tries again, has
// no limit, and looks at no context. goroutineleak does not see sleepers.
//
// Mend: a limit on tries, and a timer in a select with <-ctx.Done().
package main

import (
	"context"
	"errors"
	"time"

	"example.com/leakscope/programs/serve"
)

func post(string) error { return errors.New("mail server: connection refused") }

func deliver(message string) {
	serve.Leak(1)
	for post(message) != nil {
		time.Sleep(time.Second) // leaks: the server never comes back
	}
}

func handle(context.Context) { go deliver("welcome") }

func main() {
	serve.Run(serve.Case{Work: handle, PerWork: 1})
}
