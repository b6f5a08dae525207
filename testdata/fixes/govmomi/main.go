// Command govmomi uploads to a server whose answer is longer than what is read ahead.
package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/vmware/govmomi/vim25/soap"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("answer ", 1<<14)))
	}))
	at, err := url.Parse(server.URL)
	if err != nil {
		panic(err)
	}
	client := soap.NewClient(at, true)
	for range 20 {
		_ = client.Upload(context.Background(), strings.NewReader("a"), at, &soap.Upload{Method: "PUT", ContentLength: 1})
	}
	finish("net/http.(*persistConn).readLoop")
}
