package main

import "time"

func report() {}

// Work that is repeated is no attempt that may fail.
func repeat() {
	for {
		report()
		time.Sleep(time.Millisecond) // 9: sleep; from 15
	}
}

func start() {
	go repeat()
}

func main() {
	call := start
	for range 3 {
		call()
	}
}
