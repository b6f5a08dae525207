// Package serve is what all programs in this module share: the flags, the HTTP server
// and the count of leaked goroutines. It starts no goroutine of its own.
//
//	/work?n=K      runs the case's request K times, answers when all leaked goroutines are parked
//	/counters      {"leaked":N}: the program's own count, which a profile can be checked against
//	/quit          ends the process
//	/debug/pprof/  net/http/pprof
package serve

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Case is one program.
type Case struct {
	Start   func()                // once, before the program listens; may be nil
	Work    func(context.Context) // one request
	PerWork int64                 // goroutines that each Work leaks; 0 when healthy
}

var addr = flag.String("addr", "127.0.0.1:0", "address to listen on")

var leaked atomic.Int64

// Leak counts n goroutines as leaked. A goroutine calls it as the last thing before it
// blocks for good.
func Leak(n int64) { leaked.Add(n) }

// Await returns when want goroutines are leaked and parked, or false after ten seconds.
func Await(want int64) bool {
	for end := time.Now().Add(10 * time.Second); leaked.Load() < want; {
		if time.Now().After(end) {
			return false
		}
		time.Sleep(200 * time.Microsecond)
	}
	time.Sleep(2 * time.Millisecond) // from the count to the park: a few instructions
	return true
}

// Run serves c until /quit.
func Run(c Case) {
	flag.Parse()
	if c.Start != nil {
		c.Start()
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/counters", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"leaked\":%d}\n", leaked.Load())
	})
	mux.HandleFunc("/quit", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		fmt.Fprint(w, "bye\n")
		http.NewResponseController(w).Flush()
		os.Exit(0)
	})
	var one sync.Mutex // one driver at a time, or Await would count another's goroutines
	mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		n := 1
		if s := r.FormValue("n"); s != "" {
			var err error
			if n, err = strconv.Atoi(s); err != nil || n < 0 {
				http.Error(w, "n must be a whole number from 0", http.StatusBadRequest)
				return
			}
		}
		one.Lock()
		defer one.Unlock()
		for range n {
			want := leaked.Load() + c.PerWork
			c.Work(r.Context())
			if c.PerWork > 0 && !Await(want) {
				http.Error(w, "the goroutines did not come to rest", http.StatusInternalServerError)
				return
			}
		}
		fmt.Fprintln(w, "ok")
	})

	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %s\n", l.Addr())
	log.Fatal(http.Serve(l, mux))
}
