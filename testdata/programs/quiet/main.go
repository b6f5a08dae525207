// Command quiet is healthy: a listener and nothing else. What its profile holds is what
// every Go server has.
package main

import (
	"context"

	"example.com/leakscope/programs/serve"
)

func main() {
	serve.Run(serve.Case{Work: func(context.Context) {}})
}
