package tree

import "sync"

type Node struct {
	mu     sync.Mutex
	parent *Node
	name   string
}

func (n *Node) Root() string {
	for {
		n.mu.Lock() // 4: lock
		if n.parent == nil {
			break
		}
		up := n.parent
		n.mu.Unlock()
		n = up
		if n.name == "skip" {
			n.mu.Lock()
			n = n.parent
			continue
		}
	}
	defer n.mu.Unlock()
	return n.name
}
