// Command labelled leaks a receiver that carries pprof labels. Goroutines inherit the
// labels of whoever starts them, so the leak says which tenant's work it was. One value
// holds a blank and quotes, which each text form escapes in its own way.
//
// A traceback shows labels only when go.mod says go 1.27 or later, or when the program
// runs with GODEBUG=tracebacklabels=1, as capture.sh runs it: Go 1.26 writes them inside
// the brackets of the header, Go 1.27 after them.
//
// Mend: close the channel when the handler is done.
package main

import (
	"context"
	"runtime/pprof"

	"example.com/leakscope/programs/serve"
)

var (
	tenants = []string{"acme", "globex"}
	turn    int // only /work writes it, one request at a time
)

func fetch(pages <-chan string) {
	serve.Leak(1)
	for range pages { // leaks: no page comes, and nobody closes
	}
}

func handle(ctx context.Context) {
	tenant := tenants[turn%len(tenants)]
	turn++
	labels := pprof.Labels("tenant", tenant, "task", "fetch", "job", `re-index "daily"`)
	pprof.Do(ctx, labels, func(context.Context) {
		go fetch(make(chan string))
	})
}

func main() {
	serve.Run(serve.Case{Work: handle, PerWork: 1})
}
