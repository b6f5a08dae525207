package main

func main() {
	forever := make(chan bool)
	<-forever // 1: channel receive
}
