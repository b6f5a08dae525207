package store

import "context"

type store struct {
	lock chan struct{}
	n    int
}

func newStore() *store {
	s := &store{lock: make(chan struct{}, 1)}
	s.lock <- struct{}{}
	return s
}

// A lock made of a channel: the token is taken, and given back.
func (s *store) add(ctx context.Context) error {
	select {
	case <-s.lock:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.n++
	s.lock <- struct{}{} // 3: channel send
	return nil
}
