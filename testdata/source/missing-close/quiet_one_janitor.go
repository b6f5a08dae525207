// Package main has one cache for all requests.
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
		select { // 1: select; from 16
		case <-tick.C:
			clear(c.items)
		case <-c.quit:
			return
		}
	}
}

func (c *cache) Stop() { close(c.quit) }

func handle(w http.ResponseWriter, r *http.Request) {

	shared.items[r.URL.Path] = "seen"
}

var shared *cache

func main() {
	shared = newCache()
	http.HandleFunc("/", handle)
	http.ListenAndServe(":80", nil)
}
