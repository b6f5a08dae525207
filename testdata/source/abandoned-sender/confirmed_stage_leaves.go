package pipe

import "context"

// The second stage ends with its context while the first one sends.
func squares(ctx context.Context, n int) <-chan int {
	in := make(chan int)
	out := make(chan int)
	go func() {
		defer close(in)
		for i := 0; i < n; i++ {
			in <- i // 7: channel send; from 9
		}
	}()
	go func() {
		defer close(out)
		for v := range in {
			select {
			case out <- v * v:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
