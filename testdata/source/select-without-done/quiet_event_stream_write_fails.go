// Package feed ends a stream when a write fails, although only with the next event.
package feed

import (
	"fmt"
	"net/http"
)

type hub interface{ Subscribe() chan string }

type API struct{ hub hub }

func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	events := a.hub.Subscribe()
	for event := range events { // 30: channel receive; then net/http.HandlerFunc.ServeHTTP < net/http.(*conn).serve
		if _, err := fmt.Fprintf(w, "data: %s\n\n", event); err != nil {
			return
		}
	}
}
