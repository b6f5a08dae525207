// Command backoff cancels controllers of the constant policy that nobody reads from.
package main

import (
	"context"
	"time"

	"github.com/lestrrat-go/backoff/v2"
)

func main() {
	policy := backoff.Constant(backoff.WithInterval(time.Millisecond), backoff.WithMaxRetries(0))
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		_ = policy.Start(ctx)
		time.Sleep(5 * time.Millisecond)
		cancel()
	}
	finish("(*controller).loop")
}
