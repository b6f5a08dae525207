package main

import "time"

type shop struct{ sold int }

func (s *shop) sell(item string) int {
	prices := make(chan int)
	go func() {
		prices <- len(item) // 5: channel send
		s.sold++
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
	s.sell("tea")
}
