package main

import "net/http"

// A deferred close would come when all have answered.
func count(client *http.Client, urls []string) (int, error) {
	up := 0
	for _, url := range urls {
		resp, err := client.Get(url)
		if err != nil {
			return up, err
		}
		if resp.StatusCode == http.StatusOK {
			up++
		}
	}
	return up, nil
}

// 12: select; alone net/http.(*persistConn).readLoop

func main() {
	_, _ = count(http.DefaultClient, nil)
}
