package main

import "time"

func main() {
	go stats()
	serve()
}

func stats() {
	for {
		time.Sleep(time.Second) // 1: sleep; from 6
		report()
	}
}

func report() {}
func serve()  {}
