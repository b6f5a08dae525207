package main

import "time"

func priceOf(item string) int {
	prices := make(chan int)
	go func() {
		prices <- len(item) // 5: channel send
	}()
	println(cap(prices))
	select {
	case price := <-prices:
		return price
	case <-time.After(time.Millisecond):
		return 0
	}
}

func main() {
	priceOf("tea")
}
