// Package main hands the cache of each request on: who has it may stop it.
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
	keep(c)
}

type stopper interface{ Stop() }

var stoppers []stopper

func keep(s stopper) { stoppers = append(stoppers, s) }

func main() {
	http.HandleFunc("/", handle)
	http.ListenAndServe(":80", nil)
}
