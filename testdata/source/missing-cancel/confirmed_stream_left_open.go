// Package gateway asks for the first message of a stream, and leaves the stream open.
package gateway

import (
	"context"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

type Gateway struct{ client healthpb.HealthClient }

func (g *Gateway) Ready(service string) (bool, error) {
	stream, err := g.client.Watch(context.Background(), &healthpb.HealthCheckRequest{Service: service})
	if err != nil {
		return false, err
	}
	first, err := stream.Recv() // 30: select; lib google.golang.org/grpc.newClientStreamWithParams.func4
	if err != nil {
		return false, err
	}
	return first.Status == healthpb.HealthCheckResponse_SERVING, nil
}
