// Command elasticsearch asks a proxy that cannot reach its server.
package main

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/elastic/go-elasticsearch/v7"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte(strings.Repeat("x", 1<<16)))
	}))
	client, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{server.URL}})
	if err != nil {
		panic(err)
	}
	for range 7 {
		if response, err := client.Info(); err == nil {
			_ = response.Body.Close()
		}
	}
	finish("(*persistConn).readLoop")
}
