package main

import (
	"os"
	"runtime"
	"time"
)

func first(f func() int) int {
	a := make(chan int)
	b := make(chan int)
	go func() {
		for range 3 {
			a <- f() // 9: channel send; from 12
		}
	}()
	go func() {
		for range 3 {
			b <- f() // 9: channel send; from 17
		}
	}()
	select {
	case v := <-a:
		return v
	case v := <-b:
		return v
	case <-time.After(time.Millisecond):
		return 0
	}
}

func main() {
	for range 10 {
		first(func() int {
			time.Sleep(3 * time.Millisecond)
			return 1
		})
	}
	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
