package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func lines(ctx context.Context, out chan<- int) {
	for i := 0; ; i++ {
		out <- i // 6: channel send
	}
}

func sum(ctx context.Context) int {
	out := make(chan int)
	go lines(ctx, out)
	all := 0
	for {
		select {
		case line := <-out:
			all += line
			time.Sleep(time.Millisecond)
		case <-ctx.Done():
			return all
		}
	}
}

func main() {
	for range 10 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		sum(ctx)
		cancel()
	}
	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
