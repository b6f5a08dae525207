package tree

import "sync"

type Node struct {
	mu       sync.Mutex
	children []*Node
	n        int
}

func (t *Node) LockAll() {
	for _, child := range t.children {
		child.mu.Lock() // 3: lock
	}
}

func (t *Node) UnlockAll() {
	for _, child := range t.children {
		child.mu.Unlock()
	}
}

func (t *Node) Add() {
	t.mu.Lock()
	t.n++ // 1: nothing
	t.mu.Unlock()
}
