package sum

import "sync"

type Sum struct {
	mu sync.Mutex
	n  int
}

func (s *Sum) Add(values []int) {
	s.mu.Lock() // 20: lock
	defer s.mu.Unlock()
	for _, v := range values {
		s.n += square(v)
	}
}

func square(n int) int {
	return pow(n, 2) // 1: nothing; in 14
}

func pow(n, to int) int { return n * to }
