// Package gateway reads a stream until it ends, and cancels another one.
package gateway

import (
	"context"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

type Gateway struct{ client healthpb.HealthClient }

func (g *Gateway) Follow(service string) error {
	stream, err := g.client.Watch(context.Background(), &healthpb.HealthCheckRequest{Service: service})
	if err != nil {
		return err
	}
	for {
		if _, err := stream.Recv(); err != nil { // 30: select; lib google.golang.org/grpc.newClientStreamWithParams.func4
			return err
		}
	}
}

func (g *Gateway) Ready(service string) (bool, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := g.client.Watch(ctx, &healthpb.HealthCheckRequest{Service: service})
	if err != nil {
		return false, err
	}
	first, err := stream.Recv()
	if err != nil {
		return false, err
	}
	return first.Status == healthpb.HealthCheckResponse_SERVING, nil
}
