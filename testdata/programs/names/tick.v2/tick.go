// Package tick has a dot in the last element of its path: symbols escape it as %2e.
package tick

import "example.com/leakscope/programs/serve"

type clock struct{ beat chan int }

// Start leaks one goroutine.
func Start() { go (&clock{beat: make(chan int)}).run() }

func (c *clock) run() {
	serve.Leak(1)
	<-c.beat
}
