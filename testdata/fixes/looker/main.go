// Command looker makes requests whose answers have more than what is decoded.
package main

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/looker-open-source/sdk-codegen/go/rtl"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login") {
			_, _ = w.Write([]byte(`{"access_token":"t","token_type":"Bearer","expires_in":3600}`))
			return
		}
		_, _ = w.Write([]byte("1 " + strings.Repeat("more ", 1<<14)))
	}))
	session := rtl.NewAuthSession(rtl.ApiSettings{BaseUrl: server.URL, Timeout: 60})
	for range 20 {
		var n int
		_ = session.Do(&n, "GET", "/4.0", "/n", nil, nil, nil)
	}
	finish("net/http.(*persistConn).readLoop")
}
