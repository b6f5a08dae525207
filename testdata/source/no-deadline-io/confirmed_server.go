// Command api serves clients without a limit for silent ones.
package main

import "net/http"

func main() {
	s := &http.Server{Addr: ":8080"}
	s.ListenAndServe()
}

// 12: network; alone net.(*conn).Read < net/http.(*connReader).Read < bufio.(*Reader).fill < net/http.(*conn).readRequest < net/http.(*conn).serve
