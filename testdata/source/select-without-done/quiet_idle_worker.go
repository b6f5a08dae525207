package idle

import (
	"context"
	"time"
)

type Index struct{ jobs chan func() }

// A worker beside the base ones ends after some rest.
func (ix *Index) worker(ctx context.Context, idle time.Duration) {
	var rest <-chan time.Time
	for {
		if idle > 0 {
			rest = time.After(idle)
		}
		select { // 30: select; from 29
		case <-ctx.Done():
			return
		case f := <-ix.jobs:
			f()
		case <-rest:
			return
		}
	}
}

func (ix *Index) Do(ctx context.Context) {
	go ix.worker(context.WithoutCancel(ctx), time.Second)
}
