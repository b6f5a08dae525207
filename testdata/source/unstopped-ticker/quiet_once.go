package main

import "time"

func main() {
	go stats()
	serve()
}

func stats() {
	for range time.Tick(time.Second) { // 1: channel receive; from 6
		report()
	}
}

func report() {}
func serve()  {}
