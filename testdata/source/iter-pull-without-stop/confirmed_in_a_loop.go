package list

import "iter"

func all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range 10 {
			if !yield(i) {
				return
			}
		}
	}
}

func first() int {
	next, _ := iter.Pull(all())
	v, _ := next()
	return v
}

// The loop pulls anew in each turn, and the stack says that its sequence is inlined here.
func sum(n int) (total int) {
	for range n {
		next, stop := iter.Pull(all())
		_ = stop
		v, _ := next() // 12: coroutine; alone iter.Pull[...].func1 < example.com/case.sum.all.func1 < iter.Pull[...].func2
		total += v
	}
	return total
}
