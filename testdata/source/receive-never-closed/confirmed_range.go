package jobs

func run(n int) {
	jobs := make(chan int)
	for range 3 {
		go func() {
			for j := range jobs { // 30: channel receive; from 6
				do(j)
			}
		}()
	}
	for i := range n {
		jobs <- i
	}
}

func do(int) {}
