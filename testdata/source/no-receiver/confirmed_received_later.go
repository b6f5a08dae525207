package boot

// The send comes before who would receive.
func boot() {
	ready := make(chan bool)
	ready <- true // 2: channel send
	go func() {
		<-ready
	}()
}
