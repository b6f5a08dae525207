package main

import "context"

type traced struct {
	context.Context
	done chan struct{}
}

func (t traced) Done() <-chan struct{} { return t.done }

// Who gets the context needs it after the return.
func trace() context.Context {
	parent := traced{context.Background(), make(chan struct{})}
	ctx, cancel := context.WithCancel(parent)
	_ = cancel
	return ctx
}

// 12: select; alone context.(*cancelCtx).propagateCancel.func2

func main() {
	_ = trace()
}
