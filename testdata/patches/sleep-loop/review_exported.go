package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"
)

func ping() error { return errors.New("down") }

// Retry has no context, and its signature is for others.
func Retry() {
	for {
		if ping() == nil {
			return
		}
		time.Sleep(time.Millisecond) // 9: sleep; from 24
	}
}

func start(ctx context.Context) {
	go Retry()
}

func main() {
	call := start
	for range 10 {
		call(context.Background())
	}

	time.Sleep(100 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
