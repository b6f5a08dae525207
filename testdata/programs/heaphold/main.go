// Command heaphold leaks memory through goroutines: each request renders a page of
// 256 KiB and hands it to a goroutine that waits for an approval. The channel is never
// closed, so the goroutine stays, and the page with it. The heap profile names render,
// the goroutine profile names publish; only publish can be mended.
//
// Mend: close the channel, or select on a context as well.
package main

import (
	"context"
	"io"
	"runtime"

	"example.com/leakscope/programs/serve"
)

const pageSize = 256 << 10

// render makes one page. Not inlined, so that the allocation has a name.
//
//go:noinline
func render() []byte {
	page := make([]byte, pageSize)
	for i := range page {
		page[i] = 'x'
	}
	return page
}

func publish(page []byte, approved <-chan struct{}) {
	serve.Leak(1)
	<-approved // leaks, and page is still needed below
	_, _ = io.Discard.Write(page)
}

func handle(context.Context) {
	page := render()
	go publish(page, make(chan struct{}))
}

func main() {
	// Sample often enough that each page is in the profile. Go's default of one sample
	// in 512 KiB would miss most of the four that a capture makes.
	runtime.MemProfileRate = 16 << 10
	serve.Run(serve.Case{Work: handle, PerWork: 1})
}
