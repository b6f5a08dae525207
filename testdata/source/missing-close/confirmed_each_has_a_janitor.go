// Package main has a cache for each request, each with a janitor that only Stop ends.
package main

import (
	"net/http"
	"time"
)

type cache struct {
	items map[string]string
	quit  chan struct{}
}

func newCache() *cache {
	c := &cache{items: map[string]string{}, quit: make(chan struct{})}
	go c.clean()
	return c
}

func (c *cache) clean() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select { // 31: select; from 16
		case <-tick.C:
			clear(c.items)
		case <-c.quit:
			return
		}
	}
}

func (c *cache) Stop() { close(c.quit) }

func handle(w http.ResponseWriter, r *http.Request) {
	c := newCache()
	c.items[r.URL.Path] = "seen"
}

func main() {
	http.HandleFunc("/", handle)
	http.ListenAndServe(":80", nil)
}
