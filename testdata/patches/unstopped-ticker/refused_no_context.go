package main

import "time"

func tick(n *int) {
	for range time.Tick(time.Second) { // 9: channel receive; from 12
		*n++
	}
}

func serve(n *int) {
	go tick(n)
}

func main() {
	call := serve
	call(new(int))
}
