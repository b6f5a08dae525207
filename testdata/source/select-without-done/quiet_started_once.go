package main

import "time"

func main() {
	t := time.NewTicker(time.Second)
	go func() {
		for {
			select { // 1: select; from 7
			case <-t.C:
				report()
			}
		}
	}()
	serve()
}

func report() {}
func serve()  {}
