// Command sdkcore makes requests whose result is not wanted.
package main

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/IBM/go-sdk-core/v5/core"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("answer ", 1<<14)))
	}))
	service, err := core.NewBaseService(&core.ServiceOptions{URL: server.URL, Authenticator: &core.NoAuthAuthenticator{}})
	if err != nil {
		panic(err)
	}
	for range 20 {
		request, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			panic(err)
		}
		_, _ = service.Request(request, nil)
	}
	finish("net/http.(*persistConn).readLoop")
}
