package main

import (
	"context"
	"errors"
)

func check() error { return nil }

// The error may be nil, and what is returned beside it needs the context then.
func open(fail bool) (<-chan struct{}, error) {
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan struct{})
	go func() {
		<-ctx.Done() // 9: channel receive; from 14
		close(end)
	}()
	if fail {
		cancel()
		return nil, errors.New("failed")
	}
	err := check()
	return end, err
}

func main() {
	call := open
	_, _ = call(false)
}
