package main

func work(n int) {
	jobs := make(chan int)
	go func() {
		for job := range jobs { // 9: channel receive; from 5
			_ = job
		}
	}()
	go func() {
		jobs <- n
	}()
	for i := range n {
		jobs <- i
	}
}

func main() {
	call := work
	call(3)
}
