package main

// The second receiver would take zero values for jobs.
func work(n int) {
	jobs := make(chan int)
	go func() {
		for job := range jobs { // 9: channel receive; from 6
			_ = job
		}
	}()
	go func() {
		for {
			println(<-jobs)
		}
	}()
	for i := range n {
		jobs <- i
	}
}

func main() {
	call := work
	call(3)
}
