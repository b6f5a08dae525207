package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"
)

func serve(fail bool) error {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-ctx.Done() // 9: channel receive; from 13
	}()
	if fail {
		return errors.New("failed")
	}
	time.Sleep(time.Millisecond)
	cancel()
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
