// Command openai asks a server that is overloaded.
package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After-Ms", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(strings.Repeat("x", 1<<16)))
	}))
	client := openai.NewClient(option.WithBaseURL(server.URL), option.WithAPIKey("a"), option.WithMaxRetries(4))
	for range 5 {
		_, _ = client.Models.List(context.Background())
	}
	finish("(*persistConn).readLoop")
}
