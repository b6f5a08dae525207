package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"
)

func ping() error { return errors.New("down") }

func retry() {
	for {
		if ping() == nil {
			return
		}
		time.Sleep(time.Millisecond) // 9: sleep; from 23
	}
}

func start(ctx context.Context) {
	go retry()
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
