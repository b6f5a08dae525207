package circle

// Each waits for the other first.
func run() {
	a := make(chan int)
	b := make(chan int)
	go func() {
		<-a // 4: channel receive; from 7
		b <- 1
	}()
	go func() {
		<-b // 4: channel receive; from 11
		a <- 1
	}()
}
