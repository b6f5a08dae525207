package limit

var slots = make(chan struct{}, 4)

func with(job int) error {
	slots <- struct{}{} // 9: channel send
	if job < 0 {
		return nil
	}
	work(job)
	<-slots
	return nil
}

func work(int) {}
