package main

import "sync"

// The goroutine without a name is not counted, and its Done would be one too many.
func visit(names []string) {
	var group sync.WaitGroup
	for _, name := range names {
		if name != "" {
			group.Add(1)
		}
		go func() {
			if name == "" {
				return
			}
			group.Done()
		}()
	}
	group.Wait() // 9: wait group
}

func main() {
	go visit([]string{"a"})
}
