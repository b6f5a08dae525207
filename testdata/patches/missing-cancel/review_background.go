package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func subscribe(ctx context.Context) {
	go func() {
		<-ctx.Done() // 9: channel receive; from 11
	}()
}

func serve(ctx context.Context) {
	subscribe(context.Background())
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
