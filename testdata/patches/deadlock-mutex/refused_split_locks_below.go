package main

import "sync"

type Tree struct {
	mu   sync.Mutex
	size int
}

func (t *Tree) Grow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Add()
}

// It would wait for itself without the lock of its own, too.
func (t *Tree) Add() {
	t.mu.Lock() // 7: lock; in 13
	defer t.mu.Unlock()
	t.count()
}

func (t *Tree) count() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size++
}

func main() {
	t := &Tree{}
	go t.Grow()
	t.Add()
}
