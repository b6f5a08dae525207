// Command many parks -n goroutines before it listens: a large profile, to measure what one
// costs to take and to read. Nothing of it is captured here.
package main

import (
	"context"
	"flag"
	"log"

	"example.com/leakscope/programs/serve"
)

func park(in <-chan struct{}) {
	serve.Leak(1)
	<-in
}

func main() {
	n := flag.Int64("n", 1000, "goroutines to park")
	serve.Run(serve.Case{
		Start: func() {
			for range *n {
				go park(make(chan struct{}))
			}
			if !serve.Await(*n) {
				log.Fatal("the goroutines did not come to rest")
			}
		},
		Work: func(context.Context) {},
	})
}
