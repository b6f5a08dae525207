package main

import "iter"

func count(yield func(int) bool) {
	for i := 0; ; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

// The usual names of the function that ends it mean something else here.
func first(stop, stopPulling int) int {
	next, _ := iter.Pull(iter.Seq[int](count))
	v, _ := next()
	return v + stop + stopPulling
}

func main() {
	first(1, 2)
}
