package main

import (
	"context"
	"errors"
	"time"
)

func ping() error { return errors.New("down") }

// What follows the loop would be skipped.
func retry(ctx context.Context) {
	for {
		if ping() == nil {
			break
		}
		time.Sleep(time.Millisecond) // 9: sleep; from 23
	}
	println("up")
}

func start(ctx context.Context) {
	go retry(ctx)
}

func main() {
	call := start
	for range 3 {
		call(context.Background())
	}
}
