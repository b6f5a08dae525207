package main

var slots = make(chan struct{}, 1)

// The rest runs without a place.
func with(job int) {
	slots <- struct{}{} // 9: channel send
	if job < 0 {
		return
	}
	<-slots
	with(job - 1)
}

func main() {
	with(3)
}
