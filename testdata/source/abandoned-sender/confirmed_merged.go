// Package search merges the hits of its shards, and stops at the first one that is not wanted.
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

// Top gives the hits before the first one that is too far away.
func Top(ins []chan int, limit int) []int {
	var hits []int
	for hit := range merge(ins) {
		if hit > limit {
			return hits
		}
		hits = append(hits, hit)
	}
	return hits
}
