// Package tree keeps the function that stops an iterator, and calls it later.
package tree

import "iter"

func numbers(yield func(int) bool) {
	for i := 0; ; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

type cursor struct {
	next func() (int, bool)
	stop func()
}

func open() *cursor {
	next, stop := iter.Pull(iter.Seq[int](numbers))
	return &cursor{next: next, stop: stop}
}

func (c *cursor) close() { c.stop() }

func First() int {
	c := open()
	defer c.close()
	n, _ := c.next()
	return n
}
