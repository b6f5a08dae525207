// Command deadline lets each run take longer than its deadline.
package main

import (
	"time"

	"github.com/eapache/go-resiliency/deadline"
)

func main() {
	for range 20 {
		_ = deadline.New(time.Millisecond).Run(func(<-chan struct{}) error {
			time.Sleep(20 * time.Millisecond)
			return nil
		})
	}
	finish("deadline.(*Deadline).Run")
}
