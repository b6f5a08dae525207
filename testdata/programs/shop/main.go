// Command shop is a small service as many are: a pool of workers, a cache that is refreshed,
// and one handler that leaks. It is the example of README.md.
//
// The leak: pageOf gives up when its customer does, and the renderer that it started then
// sends its page, 64 KiB, on a channel that nobody reads any more.
//
// Mend: go run . -mended, which gives the channel room for the one page.
package main

import (
	"context"
	"flag"
	"time"

	"example.com/leakscope/programs/serve"
)

var mended = flag.Bool("mended", false, "give the late page room")

const workers = 8

type page []byte

// render is slower than some customers are patient.
func render(sku string) page {
	time.Sleep(10 * time.Millisecond)
	return make(page, 64<<10)
}

func pageOf(ctx context.Context, sku string) (page, error) {
	room := 0
	if *mended {
		room = 1
	}
	done := make(chan page, room)
	go func() {
		p := render(sku)
		if !*mended {
			serve.Leak(1)
		}
		done <- p // leaks: the only receiver has gone home
	}()
	select {
	case p := <-done:
		return p, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// orders is where handlers put what is to be mailed.
var orders = make(chan string)

// mail works for as long as the process lives.
func mail() {
	for range orders {
	}
}

func refresh(every time.Duration) {
	for range time.Tick(every) {
	}
}

func main() {
	flag.Parse()
	perWork := int64(1)
	if *mended {
		perWork = 0
	}
	serve.Run(serve.Case{
		Start: func() {
			for range workers {
				go mail()
			}
			go refresh(time.Hour)
		},
		Work: func(ctx context.Context) {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
			defer cancel()
			_, _ = pageOf(ctx, "sku-1")
		},
		PerWork: perWork,
	})
}
