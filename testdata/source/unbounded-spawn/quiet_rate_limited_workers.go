// Package hooks has workers that wait for their turn, and a handler that takes a slot before it starts a goroutine.
package hooks

import (
	"net/http"

	"go.uber.org/ratelimit"
)

type Hooks struct {
	limiter ratelimit.Limiter
	slots   chan struct{}
}

func New() *Hooks { return &Hooks{ratelimit.New(1), make(chan struct{}, 100)} }

func (h *Hooks) work(events <-chan string) {
	for event := range events {
		h.limiter.Take() // 4: sleep; below time.Sleep < go.uber.org/ratelimit.(*atomicInt64Limiter).Take; from 35
		http.Get(event)
	}
}

func (h *Hooks) send(event string) {
	defer func() { <-h.slots }()
	h.limiter.Take() // 90: sleep; below time.Sleep < go.uber.org/ratelimit.(*atomicInt64Limiter).Take; from 41
}

// Start starts as many workers as are wanted.
func (h *Hooks) Start(w http.ResponseWriter, r *http.Request) {
	events := make(chan string, 4)
	events <- r.URL.Path
	close(events)
	//
	go h.work(events)
}

func (h *Hooks) Register() {
	http.HandleFunc("/event", func(w http.ResponseWriter, r *http.Request) {
		h.slots <- struct{}{}
		go h.send(r.URL.Path)
	})
}
