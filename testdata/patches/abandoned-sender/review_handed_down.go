package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func restore(ctx context.Context) bool {
	ready := make(chan bool, 6)
	go func() {
		defer close(ready)
		scatter(ctx, ready)
	}()
	for span := range ready {
		select {
		case <-ctx.Done():
			return span
		}
	}
	return true
}

func scatter(ctx context.Context, ready chan bool) {
	for i := range 8 {
		ready <- i != 0 // 9: channel send; in 14; from 12
	}
}

func main() {
	for range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		restore(ctx)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
