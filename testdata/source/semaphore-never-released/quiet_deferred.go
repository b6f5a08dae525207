package limit

var slots = make(chan struct{}, 4)

func with(job int) error {
	slots <- struct{}{} // 9: channel send
	defer func() { <-slots }()
	if job < 0 {
		return nil
	}
	work(job)
	return nil
}

func work(int) {}
