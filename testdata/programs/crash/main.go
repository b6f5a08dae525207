// Command crash writes to a nil map while other goroutines wait for the lock that the
// writer holds. Its log, crash/panic.log, is what a pod leaves behind.
//
// Captured with: GOTRACEBACK=all ./crash 2> panic.log
package main

import (
	"log"
	"sync"
	"time"

	"example.com/leakscope/programs/crash/store"
)

func consume(s *store.Store, orders <-chan string) {
	for order := range orders {
		s.Put(order, time.Now())
	}
}

func main() {
	log.Print("listening on :8080")
	s := store.New()
	orders := make(chan string)
	var workers sync.WaitGroup
	for range 6 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			consume(s, orders)
		}()
	}
	go s.FlushEvery(300 * time.Millisecond)
	for _, order := range []string{"4711", "4712", "4713", "4714", "4715"} {
		time.Sleep(20 * time.Millisecond)
		log.Printf("order %s accepted", order)
		orders <- order
	}
	workers.Wait()
}
