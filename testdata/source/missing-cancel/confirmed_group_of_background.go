package inventory

import (
	"context"
	"sync"
)

func Sync() {
	var wg sync.WaitGroup
	ctx := context.Background()
	updates := make(chan int)
	for range 3 {
		wg.Go(func() {
			select { // 6: select
			case <-ctx.Done():
			case u := <-updates:
				use(u)
			}
		})
	}
}

func use(int) {}
