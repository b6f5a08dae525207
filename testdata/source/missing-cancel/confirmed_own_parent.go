// Package trace derives contexts from a type of its own, and never cancels one of them.
package trace

import "context"

type traced struct {
	context.Context
	done chan struct{}
}

func (t traced) Done() <-chan struct{} { return t.done }

func work(t traced, use func(context.Context)) {
	ctx, _ := context.WithCancel(t)
	use(ctx)
}

// Go hands the end of its own contexts on without a goroutine.
func other(use func(context.Context)) {
	ctx, _ := context.WithCancel(context.Background())
	use(ctx)
}

// 12: select; alone context.(*cancelCtx).propagateCancel.func2
