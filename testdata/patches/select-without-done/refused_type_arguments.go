package main

import (
	"context"
	"time"
)

// The call with type arguments reads as a conversion.
func poll[T any](in chan T) {
	for {
		select { // 9: select; from 20
		case <-time.After(time.Hour):
		case v := <-in:
			_ = v
		}
	}
}

func start(ctx context.Context) {
	go poll(make(chan int))
	go poll[string](make(chan string))
}

func main() {
	call := start
	call(context.Background())
}
