// Package feed gives the context of the request to what sends the events.
package feed

import (
	"fmt"
	"net/http"
)

type hub interface{ Subscribe(r *http.Request) chan string }

type API struct{ hub hub }

func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	events := a.hub.Subscribe(r)
	for event := range events { // 30: channel receive; then net/http.HandlerFunc.ServeHTTP < net/http.(*conn).serve
		fmt.Fprintf(w, "data: %s\n\n", event)
	}
}
