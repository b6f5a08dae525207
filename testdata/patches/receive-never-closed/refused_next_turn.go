package main

// A turn that goes on with the next one would leave the channel open, and a defer comes too late.
func work(all [][]int) {
	for _, jobs := range all {
		queue := make(chan int)
		go func() {
			for job := range queue { // 9: channel receive; from 7
				_ = job
			}
		}()
		for range jobs {
			if len(jobs) > 3 {
				break
			}
			queue <- 1
		}
		if len(jobs) == 0 {
			continue
		}
		queue <- 2
	}
}

func main() {
	call := work
	call(nil)
}
