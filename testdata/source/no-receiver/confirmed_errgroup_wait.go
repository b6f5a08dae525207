// Package collect waits for tasks whose results nobody receives.
package collect

import "golang.org/x/sync/errgroup"

func Collect(names []string) error {
	var g errgroup.Group
	out := make(chan string)
	for _, name := range names {
		g.Go(func() error {
			out <- name // 3: channel send
			return nil
		})
	}
	return g.Wait() // 1: wait group; below sync.(*WaitGroup).Wait < golang.org/x/sync/errgroup.(*Group).Wait
}
