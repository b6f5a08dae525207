package main

import (
	"context"
	"errors"
)

// What is returned without an error needs the context.
func open(fail bool) (<-chan struct{}, error) {
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan struct{})
	go func() {
		<-ctx.Done() // 9: channel receive; from 12
		close(end)
	}()
	if fail {
		cancel()
		return nil, errors.New("failed")
	}
	return end, nil
}

func main() {
	call := open
	_, _ = call(false)
}
