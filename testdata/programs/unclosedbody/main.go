// Command unclosedbody leaks HTTP client connections: it looks at the status and neither
// reads nor closes the body. Each connection keeps two goroutines of net/http waiting in
// this process, readLoop and writeLoop, and no frame of the program is in either. These
// two are counted as leaked. The backend would be another machine in real life; here it
// is in the same process, so its side of each connection (conn.serve in IO wait) shows
// up as well and is not counted.
//
// Mend: defer resp.Body.Close().
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"example.com/leakscope/programs/serve"
)

var backend string

func startBackend() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	backend = "http://" + l.Addr().String() + "/health"
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "all is well")
	}))
}

func healthy() bool {
	resp, err := http.Get(backend)
	if err != nil {
		return false
	}
	serve.Leak(2)                           // readLoop and writeLoop
	return resp.StatusCode == http.StatusOK // leaks: resp.Body is dropped
}

func main() {
	serve.Run(serve.Case{
		Start:   startBackend,
		Work:    func(context.Context) { healthy() },
		PerWork: 2,
	})
}
