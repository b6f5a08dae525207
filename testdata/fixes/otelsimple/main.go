// Command otelsimple shuts down with contexts that end before the exporter has.
package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
)

type slow struct{}

func (slow) ExportSpans(context.Context, []trace.ReadOnlySpan) error { return nil }

func (slow) Shutdown(context.Context) error {
	time.Sleep(20 * time.Millisecond)
	return nil
}

func main() {
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_ = trace.NewSimpleSpanProcessor(slow{}).Shutdown(ctx)
		cancel()
	}
	finish("(*simpleSpanProcessor).Shutdown")
}
