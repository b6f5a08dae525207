// Package tree pulls the first value of a sequence and forgets the rest.
package tree

import "iter"

func numbers(yield func(int) bool) {
	for i := 0; ; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

func others(yield func(int) bool) { yield(1) }

func First() int {
	next, _ := iter.Pull(iter.Seq[int](numbers))
	n, _ := next()
	return n
}

func second() int {
	next, _ := iter.Pull(iter.Seq[int](others))
	n, _ := next()
	return n
}
