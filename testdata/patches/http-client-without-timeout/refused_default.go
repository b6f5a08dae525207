package main

import "net/http"

func get(url string) {
	resp, err := http.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get < net/http.Get
	if err == nil {
		resp.Body.Close()
	}
}

func main() {
	get("")
}
