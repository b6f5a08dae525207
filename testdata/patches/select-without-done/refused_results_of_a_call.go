package main

import (
	"context"
	"time"
)

func made() (chan int, string) { return make(chan int), "a" }

// Its arguments are what another call returns.
func poll(in chan int, name string) {
	for {
		select { // 9: select; from 22
		case <-time.After(time.Hour):
		case v := <-in:
			_ = v
		}
	}
}

func start(ctx context.Context) {
	go poll(made())
}

func main() {
	call := start
	call(context.Background())
}
