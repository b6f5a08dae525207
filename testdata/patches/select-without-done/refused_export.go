package main

import (
	"context"
	"time"
)

// C calls it with one argument.
//
//export poll
func poll(seconds int) {
	in := make(chan int)
	for {
		select { // 9: select; from 22
		case <-time.After(time.Duration(seconds) * time.Second):
		case v := <-in:
			_ = v
		}
	}
}
func start(ctx context.Context) {
	go poll(3600)
}

func main() {
	call := start
	call(context.Background())
}
