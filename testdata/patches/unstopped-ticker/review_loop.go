package main

import (
	"context"
	"os"
	"runtime"
	"time"
)

type meter struct{ n int }

func (m *meter) tick() {
	t := time.NewTicker(time.Millisecond)
	for range t.C { // 9: channel receive; from 24
		if m.n > 5 {
			continue
		}

		m.n++ // counts
	}
}

func start(ctx context.Context) {
	go (&meter{}).tick()
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
