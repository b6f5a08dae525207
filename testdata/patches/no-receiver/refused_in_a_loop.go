package main

func export(n int) {
	done := make(chan int)
	go func() {
		for i := range n {
			done <- i // 9: channel send; from 5
		}
	}()
}

func main() {
	export(3)
}
