package main

func export() {
	done := make(chan int)
	go func() {
		done <- 1 // 9: channel send; from 5
		done <- 2
	}()
}

func main() {
	export()
}
