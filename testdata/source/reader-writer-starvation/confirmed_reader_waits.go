package view

import "sync"

type View struct {
	mu      sync.RWMutex
	updates chan int
}

func (v *View) Next() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return <-v.updates // 1: channel receive
}

func (v *View) Size() int {
	v.mu.RLock() // 50: rwlock
	defer v.mu.RUnlock()
	return len(v.updates)
}

func (v *View) Reset() {
	v.mu.Lock() // 1: rwlock
	defer v.mu.Unlock()
	v.updates = make(chan int)
}
