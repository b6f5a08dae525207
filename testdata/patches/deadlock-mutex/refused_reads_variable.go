package main

import "sync"

var (
	mu    sync.Mutex
	count int
)

func notify(int) {}

// A variable of the package is read under its lock.
func add(n int) int {
	mu.Lock() // 7: lock
	if n < 0 {
		return count
	}
	count++
	mu.Unlock()
	notify(n)
	return n
}

func main() {
	go add(-1)
	add(1)
}
