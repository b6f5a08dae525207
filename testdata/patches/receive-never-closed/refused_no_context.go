package main

// Its only caller has no context, either.
func watch(done chan struct{}) {
	<-done // 9: channel receive; from 9
}

func main() {
	go watch(make(chan struct{}))
}
