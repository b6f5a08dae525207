// Command cost measures what each request of a profile costs the process that is asked: how long it takes, how much it
// sends, the CPU time, and the longest time for which no other goroutine of the process ran.
//
//	go run ./cost              # a Markdown table
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"syscall"
	"time"
)

// wait parks a goroutine under a stack of a usual depth.
//
//go:noinline
func wait(depth int, c chan struct{}) {
	if depth > 0 {
		wait(depth-1, c)
		return
	}
	<-c
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// watch keeps the longest time between two of its turns.
func watch(longest *atomic.Int64) {
	last := time.Now()
	for {
		time.Sleep(200 * time.Microsecond)
		now := time.Now()
		if gap := int64(now.Sub(last)); gap > longest.Load() {
			longest.Store(gap)
		}
		last = now
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	go http.Serve(listener, mux)

	var longest atomic.Int64
	go watch(&longest)

	fmt.Println("| goroutines | request | time | CPU | sent | longest stop |")
	fmt.Println("|--:|---|--:|--:|--:|--:|")
	c := make(chan struct{})
	started := 0
	for _, goroutines := range []int{1_000, 10_000, 100_000} {
		for ; started < goroutines; started++ {
			go wait(8, c)
		}
		time.Sleep(time.Second)
		for _, request := range []string{
			"goroutine", "goroutine?debug=1", "goroutine?debug=2", "heap", "goroutineleak",
		} {
			longest.Store(0)
			before, start := cpu(), time.Now()
			answer, err := http.Get("http://" + listener.Addr().String() + "/debug/pprof/" + request)
			if err != nil {
				panic(err)
			}
			sent, err := io.Copy(io.Discard, answer.Body)
			if err != nil {
				panic(err)
			}
			answer.Body.Close()
			elapsed, used := time.Since(start), cpu()-before
			if answer.StatusCode != http.StatusOK {
				continue // goroutineleak is there from Go 1.27 on
			}
			stop := time.Duration(longest.Load())
			fmt.Printf("| %d | `%s` | %v | %v | %.1f kB | %v |\n", goroutines, request,
				elapsed.Round(100*time.Microsecond), used.Round(100*time.Microsecond),
				float64(sent)/1000, stop.Round(100*time.Microsecond))
			time.Sleep(200 * time.Millisecond)
		}
	}
}
