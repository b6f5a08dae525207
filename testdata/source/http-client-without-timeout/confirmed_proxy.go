// Package gate stands before a backend, and waits for it as long as the client does.
package gate

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

func handler(u *url.URL) http.Handler {
	p := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.ServeHTTP(w, r) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Transport).RoundTrip < net/http/httputil.(*ReverseProxy).ServeHTTP
	})
}
