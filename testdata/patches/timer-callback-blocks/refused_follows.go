package main

import "time"

func save(n int) { println(n) }

func later() {
	due := make(chan int)
	time.AfterFunc(time.Millisecond, func() {
		due <- 1 // 9: channel send
		save(1)
	})
}

func main() {
	later()
}
