package main

import (
	"net/http"
	"net/http/cookiejar"
)

var jar, _ = cookiejar.New(nil)

var client = &http.Client{
	Jar: jar,
}

func get(url string) {
	resp, err := client.Get(url) // 12: select; below net/http.(*persistConn).roundTrip < net/http.(*Client).do < net/http.(*Client).Get
	if err == nil {
		resp.Body.Close()
	}
}

func main() {
	get("")
}
