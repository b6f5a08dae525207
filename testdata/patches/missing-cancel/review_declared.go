package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func sync() {
	ctx := context.Background() // should be the caller's
	updates := make(chan int)
	for range 3 {
		go func() {
			select { // 9: select; from 14
			case <-ctx.Done():
			case <-updates:
			}
		}()
	}
}

func serve(ctx context.Context) {
	sync()
}

func main() {
	call := serve
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
