package view

import "sync"

type View struct {
	mu      sync.RWMutex
	updates chan int
}

func New(updates chan int) *View {
	return &View{updates: updates}
}

func (v *View) Next() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return <-v.updates // 3: channel receive
}

func (v *View) Size() int {
	v.mu.RLock() // 5: rwlock
	defer v.mu.RUnlock()
	return len(v.updates)
}
