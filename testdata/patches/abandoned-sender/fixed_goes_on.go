package main

import (
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

type shop struct{ sold atomic.Int64 }

// With a buffer, an item would count as sold before its price is known.
func (s *shop) sell(item string) int {
	prices := make(chan int)
	go func() {
		time.Sleep(5 * time.Millisecond)
		prices <- len(item) // 5: channel send
		s.sold.Add(1)
		println("sold", item)
	}()
	select {
	case price := <-prices:
		return price
	case <-time.After(time.Millisecond):
		return 0
	}
}

func main() {
	var s shop
	for range 10 {
		s.sell("tea")
	}
	time.Sleep(100 * time.Millisecond)
	if runtime.NumGoroutine() > 5 || s.sold.Load() > 0 {
		os.Exit(1)
	}
}
