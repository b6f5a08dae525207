package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

func ask(ctx context.Context, work func() error) error {
	done, failed := make(chan error), make(chan any, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				failed <- p
			}
		}()
		done <- work() // 9: channel send; from 12
		close(done)
	}()
	select {
	case p := <-failed:
		panic(p)
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
