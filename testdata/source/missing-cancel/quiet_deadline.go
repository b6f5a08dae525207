package deadline

import (
	"context"
	"time"
)

func Ask() {
	ctx, _ := context.WithTimeout(context.Background(), time.Second)
	go func() {
		<-ctx.Done() // 30: channel receive; from 10
	}()
}
