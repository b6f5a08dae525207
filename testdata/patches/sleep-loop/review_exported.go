package main

import (
	"context"
	"errors"
	"time"
)

func ping() error { return errors.New("down") }

// Retry has no context, and its signature is for others.
func Retry() {
	for {
		if ping() == nil {
			return
		}
		time.Sleep(time.Millisecond) // 9: sleep; from 22
	}
}

func start(ctx context.Context) {
	go Retry()
}

func main() {
	call := start
	call(context.Background())
}
