package main

import "sync"

type node struct {
	mu   sync.Mutex
	size int
}

func (n *node) grow() {
	n.mu.Lock() // 7: lock; in 20
	defer n.mu.Unlock()
	n.size++
}

// Another node has the same name inside of the loop.
func (n *node) growAll(others []*node) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, n := range others {
		n.grow()
	}
}

func main() {
	n := &node{}
	go n.growAll([]*node{n})
}
