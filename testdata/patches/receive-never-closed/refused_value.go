package main

import "context"

func open(ctx context.Context) {
	answers := make(chan int)
	go func() {
		answer := <-answers // 9: channel receive; from 7
		println(answer)
	}()
}

func main() {
	open(context.Background())
}
