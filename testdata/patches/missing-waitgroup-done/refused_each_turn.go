package main

import "sync"

// Each turn uses what its goroutine has made.
func start(plugins []int) (all []int) {
	var group sync.WaitGroup
	group.Add(len(plugins))
	for _, plugin := range plugins {
		var made int
		go func() {
			defer group.Done()
			made = plugin
		}()
		group.Wait() // 9: wait group
		all = append(all, made)
	}
	return all
}

func main() {
	start([]int{1})
}
