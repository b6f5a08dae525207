// Command health has a check that takes longer than its timeout.
package main

import (
	"context"
	"time"

	"github.com/hellofresh/health-go/v5"
)

func main() {
	h, err := health.New(health.WithChecks(health.Config{
		Name:    "slow",
		Timeout: time.Millisecond,
		Check: func(context.Context) error {
			time.Sleep(20 * time.Millisecond)
			return nil
		},
	}))
	if err != nil {
		panic(err)
	}
	for range 20 {
		h.Measure(context.Background())
	}
	finish("(*Health).Measure")
}
