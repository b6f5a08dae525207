package withctx

import (
	"context"
	"time"
)

func Connect(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if dial() == nil {
			return nil
		}
		time.Sleep(time.Second) // 20: sleep
	}
}

func dial() error { return nil }
