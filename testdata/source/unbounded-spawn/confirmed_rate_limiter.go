// Package hooks starts a goroutine for each event, and each waits for its turn.
package hooks

import (
	"net/http"

	"go.uber.org/ratelimit"
)

type Hooks struct{ limiter ratelimit.Limiter }

func New() *Hooks { return &Hooks{ratelimit.New(1)} }

func (h *Hooks) send(event string) {
	h.limiter.Take() // 166: sleep; below time.Sleep < go.uber.org/ratelimit.(*atomicInt64Limiter).Take; from 21
	http.Get(event)
}

func (h *Hooks) Register() {
	http.HandleFunc("/event", func(w http.ResponseWriter, r *http.Request) {
		go h.send(r.URL.Path)
	})
}
