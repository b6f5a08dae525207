package main

import (
	"context"
	"time"
)

type Meter struct{ n int }

// Tick has no context, and its signature is for others.
func (m *Meter) Tick() {
	t := time.NewTicker(time.Millisecond)
	for range t.C { // 9: channel receive; from 19
		m.n++
	}
}

func start(ctx context.Context) {
	go (&Meter{}).Tick()
}

func main() {
	call := start
	call(context.Background())
}
