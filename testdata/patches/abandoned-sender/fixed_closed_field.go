package main

import (
	"os"
	"runtime"
	"time"
)

type state struct{ leader int }

type node struct {
	status chan chan state
	stop   chan struct{}
	done   chan struct{}
}

func (n *node) ask() state {
	c := make(chan state)
	n.status <- c // 9: channel send
	return <-c
}

func (n *node) run() {
	for {
		select {
		case c := <-n.status:
			c <- state{}
		case <-n.stop:
			close(n.done)
			return
		}
	}
}

func main() {
	for range 10 {
		n := &node{make(chan chan state), make(chan struct{}), make(chan struct{})}
		go n.run()
		close(n.stop)
		<-n.done
		go n.ask()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
