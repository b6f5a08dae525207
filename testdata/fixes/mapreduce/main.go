// Command mapreduce ends the context while there is more to map.
package main

import (
	"context"
	"time"

	"github.com/tal-tech/go-zero/core/mr"
)

func main() {
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		_, _ = mr.MapReduce(func(source chan<- interface{}) {
			for i := range 100 {
				source <- i
			}
		}, func(item interface{}, writer mr.Writer, _ func(error)) {
			time.Sleep(2 * time.Millisecond)
			writer.Write(item)
		}, func(pipe <-chan interface{}, writer mr.Writer, _ func(error)) {
			for range pipe {
			}
			writer.Write(1)
		}, mr.WithContext(ctx), mr.WithWorkers(2))
		cancel()
	}
	finish("main.main.func")
}
