package dropped

import "context"

func subscribe(ctx context.Context) {
	ctx, _ = context.WithCancel(ctx)
	go func() {
		<-ctx.Done() // 30: channel receive; from 7
	}()
}

func Handle() { subscribe(context.Background()) }
