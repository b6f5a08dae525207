package main

import "time"

// An exported function keeps its parameters.
func Poll(in chan int) {
	for {
		select { // 9: select; from 17
		case <-time.After(time.Hour):
		case <-in:
			return
		}
	}
}

func serve() {
	go Poll(make(chan int))
}

func main() {
	call := serve
	call()
}
