package main

import (
	"context"
	"time"
)

// What follows the loop would be skipped.
func poll(ctx context.Context, in chan int) {
loop:
	for {
		select { // 9: select; from 22
		case <-time.After(time.Hour):
		case <-in:
			break loop
		}
	}
	println("stopped")
}

func serve(ctx context.Context) {
	go poll(ctx, make(chan int))
}

func main() {
	call := serve
	call(context.Background())
}
