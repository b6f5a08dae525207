package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"
)

// Its cancel function takes a cause.
func serve(fail bool) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		<-ctx.Done() // 9: channel receive; from 14
	}()
	if fail {
		return errors.New("failed")
	}
	time.Sleep(time.Millisecond)
	cancel(nil)
	return nil
}

func main() {
	call := serve
	for range 10 {
		call(true)
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
