package main

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

var calls atomic.Int64

// With a send that gives up when `ctx` has ended, a receiver that comes later would find the channel closed: an answer without an error.
func ask(ctx context.Context, work func() error) error {
	done := make(chan error)
	go func() {
		defer close(done)
		defer calls.Add(1)
		done <- work() // 9: channel send; from 16
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func main() {
	for range 10 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_ = ask(ctx, func() error {
			time.Sleep(5 * time.Millisecond)
			return nil
		})
		cancel()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
