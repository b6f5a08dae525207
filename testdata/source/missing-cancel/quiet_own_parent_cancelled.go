// Package trace derives contexts from a type of its own, and cancels them.
package trace

import "context"

type traced struct {
	context.Context
	done chan struct{}
}

func (t traced) Done() <-chan struct{} { return t.done }

func work(t traced, use func(context.Context)) {
	ctx, cancel := context.WithCancel(t)
	defer cancel()
	use(ctx)
}

type job struct{ cancel context.CancelFunc }

func start(t traced, use func(context.Context)) *job {
	ctx, cancel := context.WithCancel(t)
	use(ctx)
	return &job{cancel: cancel}
}

// 12: select; alone context.(*cancelCtx).propagateCancel.func2
