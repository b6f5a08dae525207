package main

import "iter"

func count(yield func(int) bool) {
	for i := 0; ; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

// The caller still needs `next`: a defer would end the iterator before its first value.
func numbers() func() (int, bool) {
	next, _ := iter.Pull(iter.Seq[int](count))
	return next
}

func main() {
	next := numbers()
	v, _ := next()
	println(v)
}
