package main

import "context"

// The end of the function leaves the goroutine to work on.
func start(fail bool) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-ctx.Done() // 9: channel receive; from 8
	}()
	if fail {
		cancel()
		return
	}
	println("started")
}

func main() {
	call := start
	call(false)
}
