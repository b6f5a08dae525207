package main

import (
	"errors"
	"os"
	"runtime"
	"time"
)

func priceOf(item string) (int, error) {
	prices := make(chan int)
	go func() {
		prices <- ask(item) // 5: channel send
	}()
	select {
	case price := <-prices:
		return price, nil
	case <-time.After(time.Millisecond):
		return 0, errors.New("timeout")
	}
}

func ask(item string) int {
	time.Sleep(20 * time.Millisecond)
	return len(item)
}

func main() {
	for range 10 {
		_, _ = priceOf("tea")
	}
	time.Sleep(100 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
