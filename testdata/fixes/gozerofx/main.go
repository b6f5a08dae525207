// Command gozerofx runs what takes longer than its timeout.
package main

import (
	"time"

	"github.com/tal-tech/go-zero/core/fx"
)

func main() {
	for range 20 {
		_ = fx.DoWithTimeout(func() error {
			time.Sleep(20 * time.Millisecond)
			return nil
		}, time.Millisecond)
	}
	finish("fx.DoWithTimeout")
}
