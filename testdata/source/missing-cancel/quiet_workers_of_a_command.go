package main

import "context"

type Command struct{ RunE func(args []string) error }

var root = &Command{
	RunE: func(args []string) error {
		ctx := context.Background()
		for range 8 {
			go work(ctx, make(chan int))
		}
		return nil
	},
}

func main() { root.RunE(nil) }

func work(ctx context.Context, jobs chan int) {
	for {
		select { // 8: select; from 11
		case <-ctx.Done():
			return
		case v := <-jobs:
			use(v)
		}
	}
}

func use(int) {}
