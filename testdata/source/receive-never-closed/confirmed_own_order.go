package order

func run() {
	ready := make(chan bool)
	done := make(chan bool)
	go func() {
		<-ready // 2: channel receive; from 6
		do()
		ready <- true
		done <- true
	}()
	go func() { <-done }()
}

func do() {}
