package main

import (
	"context"
	"sync/atomic"
	"time"
)

type asker struct {
	running atomic.Int64
	done    chan error
}

// It counts what runs, panic or not: with a buffer the count would go down before the value is taken.
func (a *asker) ask(ctx context.Context, work func() error) error {
	a.done = make(chan error)
	a.running.Add(1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				println(p)
			}
			a.running.Add(-1)
		}()
		a.done <- work() // 9: channel send; from 18
		close(a.done)
	}()
	select {
	case err := <-a.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_ = (&asker{}).ask(ctx, func() error { return nil })
}
