// Command puddle closes a pool while a resource for it is made.
package main

import (
	"context"

	"github.com/jackc/puddle"
)

func main() {
	var pool *puddle.Pool
	pool = puddle.NewPool(func(context.Context) (interface{}, error) {
		pool.Close()
		return 1, nil
	}, func(interface{}) {}, 10)
	_ = pool.CreateResource(context.Background())
	for range 20 {
		go pool.Stat()
	}
	finish("(*Pool).Stat")
}
