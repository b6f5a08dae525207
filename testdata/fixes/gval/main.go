// Command gval evaluates functions that take longer than the context lives, in both forms that the package knows.
package main

import (
	"context"
	"time"

	"github.com/PaesslerAG/gval"
)

func main() {
	slow := gval.Function("slow", func(...interface{}) (interface{}, error) {
		time.Sleep(20 * time.Millisecond)
		return 1, nil
	})
	typed := gval.Function("typed", func(n float64) float64 {
		time.Sleep(20 * time.Millisecond)
		return n
	})
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_, _ = gval.EvaluateWithContext(ctx, "slow()", nil, slow)
		_, _ = gval.EvaluateWithContext(ctx, "typed(1)", nil, typed)
		cancel()
	}
	finish("gval.toFunc")
}
