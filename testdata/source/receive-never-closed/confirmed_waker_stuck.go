package wait

// The closer stands in the same profile, and nobody ends its wait.
func run() {
	done := make(chan struct{})
	quit := make(chan struct{})
	go func() {
		<-quit // 6: channel receive; from 7
		close(done)
	}()
	<-done // 6: channel receive
}
