// Package feed streams events to browsers, and does not notice when they go.
package feed

import (
	"fmt"
	"net/http"
)

// 2: network; alone net/http.(*connReader).backgroundRead

type hub interface{ Subscribe() chan string }

type API struct{ hub hub }

func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	events := a.hub.Subscribe()
	for event := range events { // 30: channel receive; then net/http.HandlerFunc.ServeHTTP < net/http.(*conn).serve
		fmt.Fprintf(w, "data: %s\n\n", event)
	}
}
