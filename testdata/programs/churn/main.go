// Command churn is healthy: each request starts eight goroutines that end by themselves
// within a few milliseconds. A snapshot in between may see some of them, never more than
// the last request started.
package main

import (
	"context"
	"time"

	"example.com/leakscope/programs/serve"
)

func touch(shard int) { time.Sleep(time.Duration(1+shard%3) * time.Millisecond) }

func handle(context.Context) {
	for shard := range 8 {
		go touch(shard)
	}
	time.Sleep(4 * time.Millisecond) // the slowest is about done
}

func main() {
	serve.Run(serve.Case{Work: handle})
}
