package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

type traced struct {
	context.Context
	done chan struct{}
}

func (t traced) Done() <-chan struct{} { return t.done }

func trace() {
	parent := traced{context.Background(), make(chan struct{})}
	ctx, cancel := context.WithCancel(parent) // a goroutine
	_ = cancel                                // never called
	println(ctx.Err() == nil)
}

// 12: select; alone context.(*cancelCtx).propagateCancel.func2

func main() {
	for range 10 {
		trace()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
