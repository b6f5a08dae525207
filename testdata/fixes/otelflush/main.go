// Command otelflush flushes with contexts that end while the exporter is at it.
package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
)

type slow struct{}

func (slow) ExportSpans(context.Context, []trace.ReadOnlySpan) error {
	time.Sleep(50 * time.Millisecond)
	return nil
}

func (slow) Shutdown(context.Context) error { return nil }

func main() {
	for range 20 {
		processor := trace.NewBatchSpanProcessor(slow{}, trace.WithBatchTimeout(time.Hour))
		provider := trace.NewTracerProvider(trace.WithSpanProcessor(processor))
		_, span := provider.Tracer("a").Start(context.Background(), "b")
		span.End()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		_ = provider.ForceFlush(ctx)
		cancel()
	}
	finish("(*batchSpanProcessor).ForceFlush")
}
