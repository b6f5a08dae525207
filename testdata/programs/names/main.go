// Command names leaks receivers whose function names are awkward to read. Each function
// below is one shape of name; all of them wait on a channel that nobody else holds.
package main

import (
	"context"

	tick "example.com/leakscope/programs/names/tick.v2"
	"example.com/leakscope/programs/serve"
)

// Generics: main.(*stream[...]).recv in text, (*stream[go.shape...]) in the protobuf.
type stream[T any] struct{ in chan T }

func (s *stream[T]) recv() T {
	serve.Leak(1)
	return <-s.in
}

func first[K comparable, V any](_ map[K]V, in chan V) V {
	serve.Leak(1)
	return <-in
}

// Closures: nested three deep, main.nested.func1.1.1. Were nested inlined into handle, Go
// 1.26 would call the same closure main.handle.nested.func1.1.1, and Go 1.27 would not.
//
//go:noinline
func nested() {
	outer := func() {
		go func() {
			wait := func() { <-make(chan int) }
			serve.Leak(1)
			wait()
		}()
	}
	outer()
}

// A method value: run sits inlined in the compiler's wrapper run-fm, which no stack shows,
// so its frame has no address of its own and is the goroutine's entry all the same.
type worker struct{ in chan int }

func (w worker) run() {
	serve.Leak(1)
	<-w.in
}

// Identifiers outside ASCII.
type écoute struct{ ligne chan string }

func (é *écoute) 待つ() {
	serve.Leak(1)
	<-é.ligne
}

// Inlined: twice and once have no frame of their own on the stack.
func once(in chan int) int  { return <-in }
func twice(in chan int) int { return once(in) + once(in) }

//go:noinline
func inlined(in chan int) {
	serve.Leak(1)
	twice(in)
}

// Deep recursion: 150 frames of descend, once, as it makes for long text. The protobuf
// keeps the inner 128, so it loses the entry; a traceback keeps both ends and elides the
// middle.
func descend(depth int, in chan int) int {
	if depth == 1 {
		serve.Leak(1)
		return <-in
	}
	return descend(depth-1, in) + 1
}

func start() {
	go descend(150, make(chan int))
	serve.Await(1)
}

func handle(context.Context) {
	go (&stream[map[string][]int]{in: make(chan map[string][]int)}).recv()
	go first(map[string]float64{}, make(chan float64))
	nested()
	run := worker{in: make(chan int)}.run
	go run()
	tick.Start() // a dot in the last element of the package path: tick%2ev2
	go (&écoute{ligne: make(chan string)}).待つ()
	go inlined(make(chan int))
}

func main() {
	serve.Run(serve.Case{Start: start, Work: handle, PerWork: 7})
}
