package tree

import "sync"

type node struct{ children []*node }

func walk(n *node, wg *sync.WaitGroup) {
	defer wg.Done()
	var inner sync.WaitGroup
	for _, child := range n.children {
		inner.Add(1)
		go walk(child, &inner)
	}
	inner.Wait() // 6: wait group; from 12
}

func Walk(n *node) {
	var wg sync.WaitGroup
	wg.Add(1)
	go walk(n, &wg)
	wg.Wait() // 1: wait group
}
