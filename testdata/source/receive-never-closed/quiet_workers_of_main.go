package main

import "net/http"

var jobs = make(chan string)

func main() {
	for range 8 {
		go work() // a fixed number
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { jobs <- r.URL.Path })
	http.ListenAndServe(":80", nil)
}

func work() {
	for j := range jobs { // 8: channel receive; from 9
		_ = j
	}
}
