// Command otelgrpc reads streams to their end and does not call CloseSend, which a client of a server's stream need not.
package main

import (
	"context"
	"io"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

type stream struct {
	grpc.ClientStream
	ctx context.Context
}

func (s stream) Context() context.Context   { return s.ctx }
func (stream) RecvMsg(interface{}) error    { return io.EOF }
func (stream) Header() (metadata.MD, error) { return nil, nil }

func main() {
	conn, err := grpc.Dial("127.0.0.1:1", grpc.WithInsecure())
	if err != nil {
		panic(err)
	}
	open := func(ctx context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
		return stream{ctx: ctx}, nil
	}
	for range 20 {
		s, err := otelgrpc.StreamClientInterceptor()(context.Background(), &grpc.StreamDesc{ServerStreams: true}, conn, "/a/b", open)
		if err != nil {
			panic(err)
		}
		_ = s.RecvMsg(nil)
	}
	finish("otelgrpc.wrapClientStream")
}
