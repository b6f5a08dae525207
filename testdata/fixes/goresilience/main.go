// Command goresilience runs what takes longer than its timeout.
package main

import (
	"context"
	"time"

	"github.com/slok/goresilience/timeout"
)

func main() {
	runner := timeout.New(timeout.Config{Timeout: time.Millisecond})
	for range 20 {
		_ = runner.Run(context.Background(), func(context.Context) error {
			time.Sleep(20 * time.Millisecond)
			return nil
		})
	}
	finish("timeout.New")
}
