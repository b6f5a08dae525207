package main

import (
	"os"
	"os/signal"
)

func main() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		<-c // 1: channel receive; from 11
		os.Exit(1)
	}()
	serve()
}

func serve() {}
