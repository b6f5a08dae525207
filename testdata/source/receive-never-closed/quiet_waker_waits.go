package wait

import "time"

// The closer stands in the same profile: it has not come to its close yet.
func run() {
	done := make(chan struct{})
	go func() {
		time.Sleep(time.Hour) // 6: sleep; from 8
		close(done)
	}()
	<-done // 6: channel receive
}
