package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func lines(ctx context.Context, out chan<- int) {
	defer close(out)
	for i := range 100 {
		out <- i // 6: channel send
	}
}

func first(parent context.Context, wanted int) int {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	out := make(chan int)
	go lines(ctx, out)
	for line := range out {
		if line == wanted {
			return line
		}
	}
	return -1
}

func main() {
	for range 10 {
		first(context.Background(), 3)
	}
	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
