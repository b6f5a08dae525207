package main

import "iter"

func count(yield func(int) bool) {
	for i := 0; ; i++ {
		if !yield(i) { // 12: coroutine; below iter.Pull[...].func1.1
			return
		}
	}
}

func firsts() (all int) {
	for range 3 {
		next, _ := iter.Pull(iter.Seq[int](count))
		v, _ := next()
		if v > 2 {
			return v
		}
		all += v
	}
	return all
}

func main() {
	firsts()
}
