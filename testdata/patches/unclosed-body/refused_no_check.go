package main

import "net/http"

// Without a response there is no body to close.
func isUp(client *http.Client, url string) bool {
	resp, err := client.Get(url)
	return err == nil && resp.StatusCode == http.StatusOK
}

// 12: select; alone net/http.(*persistConn).readLoop

func main() {
	_ = isUp(http.DefaultClient, "http://localhost:1")
}
