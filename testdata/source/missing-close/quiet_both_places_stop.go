// Package main stops the batchers of both handlers.
package main

import (
	"net/http"
	"time"
)

type batcher struct {
	in   chan string
	quit chan struct{}
}

func newBatcher() *batcher {
	b := &batcher{in: make(chan string, 64), quit: make(chan struct{})}
	go b.loop()
	return b
}

func (b *batcher) loop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var lines []string
	for {
		select { // 31: select; from 16
		case line := <-b.in:
			lines = append(lines, line)
		case <-tick.C:
			lines = nil
		case <-b.quit:
			return
		}
	}
}

func (b *batcher) add(line string) { b.in <- line }

func (b *batcher) Stop() { close(b.quit) }

func place(w http.ResponseWriter, r *http.Request) {
	b := newBatcher()
	defer b.Stop()
	b.add(r.URL.Path)
}

func cancel(w http.ResponseWriter, r *http.Request) {
	b := newBatcher()
	defer b.Stop()
	b.add(r.URL.Path)
}

func main() {
	http.HandleFunc("/place", place)
	http.HandleFunc("/cancel", cancel)
	http.ListenAndServe(":80", nil)
}
