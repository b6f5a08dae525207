package main

import (
	"net/http"
	"os"
)

var client = &http.Client{}

func get(url string) {
	resp, err := client.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get
	if err == nil {
		resp.Body.Close()
	}
}

func main() {
	if client.Timeout == 0 {
		os.Exit(1)
	}
}
