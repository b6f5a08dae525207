package hup

import (
	"os"
	"os/signal"
	"syscall"
)

func reload(c chan os.Signal) {
	for range c { // 9: channel receive; from 18
		load()
	}
}

func Watch() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	go reload(c)
}

func load() {}
