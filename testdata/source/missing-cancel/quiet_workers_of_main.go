package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	start(ctx, make(chan int))
}

func start(ctx context.Context, jobs chan int) {
	for range 8 {
		go work(ctx, jobs)
	}
	<-ctx.Done()
}

func work(ctx context.Context, jobs chan int) {
	for {
		select { // 8: select; from 17
		case <-ctx.Done():
			return
		case <-jobs:
		}
	}
}
