package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func poll(in chan int) error {
	for {
		select { // 9: select; from 21
		case <-time.After(time.Hour):
		case <-in:
			return nil
		}
	}
}

func start(ctx context.Context) {
	go poll(make(chan int))
}

func main() {
	call := start
	for range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		call(ctx)
		cancel()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
