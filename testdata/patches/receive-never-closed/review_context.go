package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

type session struct{ done chan struct{} }

func (s *session) watch() {
	<-s.done // 9: channel receive; from 19
	println("done")
}

func open() *session {
	s := &session{done: make(chan struct{})}
	go s.watch()
	return s
}

func serve(ctx context.Context) {
	_ = open()
}

func main() {
	for range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		serve(ctx)
		cancel()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
