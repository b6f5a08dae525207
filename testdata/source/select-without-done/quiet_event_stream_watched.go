// Package feed streams events to browsers that are still there: net/http watches each of their connections.
package feed

import (
	"fmt"
	"net/http"
)

type hub interface{ Subscribe() chan string }

type API struct{ hub hub }

func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream") // 28: network; alone net/http.(*connReader).backgroundRead
	events := a.hub.Subscribe()
	for event := range events { // 30: channel receive; then net/http.HandlerFunc.ServeHTTP < net/http.(*conn).serve
		fmt.Fprintf(w, "data: %s\n\n", event)
	}
}
