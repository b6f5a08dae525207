// Package geo makes its clients once, or lets their connections go.
package geo

import "net/http"

type lookup struct{ client *http.Client }

var shared = &http.Client{Transport: &http.Transport{MaxIdleConns: 1}}

func newLookup() *lookup {
	return &lookup{client: &http.Client{Transport: &http.Transport{}}}
}

func once(url string) {
	t := &http.Transport{DisableKeepAlives: true}
	c := &http.Client{Transport: t}
	if resp, err := c.Get(url); err == nil {
		resp.Body.Close()
	}
}

func clean(url string) {
	t := &http.Transport{}
	defer t.CloseIdleConnections()
	c := &http.Client{Transport: t}
	if resp, err := c.Get(url); err == nil {
		resp.Body.Close()
	}
}

// 12: network; alone bufio.(*Reader).Peek < net/http.(*persistConn).readLoop
