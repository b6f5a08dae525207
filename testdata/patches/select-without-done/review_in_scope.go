package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

type feed struct {
	in  chan int
	ack chan int
}

func (f *feed) pump(ctx context.Context) {
	for {
		select { // 9: select; from 27
		case v := <-f.in:
			_ = v
		case f.ack <- 1:
		}
	}
}

func start(ctx context.Context) {
	f := &feed{make(chan int), make(chan int)}
	go f.pump(ctx)
}

func main() {
	call := start
	for range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		call(ctx)
		cancel()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
