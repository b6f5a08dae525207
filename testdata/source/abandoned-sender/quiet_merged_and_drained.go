// Package search merges the hits of its shards, and reads all of them.
package search

import "sync"

func merge(ins []chan int) <-chan int {
	out := make(chan int)
	var wg sync.WaitGroup
	for _, in := range ins {
		wg.Go(func() {
			for hit := range in {
				out <- hit // 90: channel send; from 10
			}
		})
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out
}

// Top gives the first hits, and waits for the others.
func Top(ins []chan int, limit int) []int {
	var hits []int
	merged := merge(ins)
	for hit := range merged {
		if len(hits) < limit {
			hits = append(hits, hit)
		}
	}
	return hits
}
