package main

var slots = make(chan struct{}, 1)

func with(jobs []int) {
	for _, job := range jobs {
		slots <- struct{}{} // 9: channel send
		if job < 0 {
			continue
		}
		<-slots
	}
}

func main() {
	with([]int{3})
}
