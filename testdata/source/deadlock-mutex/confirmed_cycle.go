package shop

import "sync"

type Orders struct {
	mu    sync.Mutex
	stock *Stock
}

type Stock struct {
	mu     sync.Mutex
	orders *Orders
}

func (o *Orders) Place() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stock.take()
}

func (s *Stock) take() {
	s.mu.Lock() // 3: lock; in 18
	defer s.mu.Unlock()
}

func (s *Stock) Refill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders.wake()
}

func (o *Orders) wake() {
	o.mu.Lock() // 2: lock; in 29
	defer o.mu.Unlock()
}
