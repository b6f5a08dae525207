package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func lines(ctx context.Context, out chan<- int) {
	for i := range 100 {
		out <- i // 6: channel send
	}
}

func first(wanted int) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out := make(chan int)
	go lines(ctx, out)
	for {
		if line := <-out; line == wanted {
			return line
		}
	}
}

func main() {
	for range 10 {
		first(3)
	}
	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
