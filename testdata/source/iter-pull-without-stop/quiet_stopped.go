// Package tree stops its iterators, or reads them to the end.
package tree

import "iter"

func numbers(yield func(int) bool) {
	for i := 0; i < 9; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

func First() int {
	next, stop := iter.Pull(iter.Seq[int](numbers))
	defer stop()
	n, _ := next()
	return n
}

func Sum() (sum int) {
	next, _ := iter.Pull(iter.Seq[int](numbers))
	for {
		n, ok := next()
		if !ok {
			return sum
		}
		sum += n
	}
}
