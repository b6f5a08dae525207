package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func restore(ctx context.Context) int {
	ready := make(chan int, 6)
	go func() {
		scatter(ctx, ready)
	}()
	for {
		select {
		case span := <-ready:
			println(span)
		case <-ctx.Done():
			return 0
		}
	}
}

func scatter(ctx context.Context, ready chan int) {
	for i := 0; ; i++ {
		ready <- i // 9: channel send; in 13; from 12
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
