// Package geo makes a client with a transport of its own for each lookup.
package geo

import "net/http"

type lookup struct{ base string }

func (l *lookup) client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: 1}}
}

func (l *lookup) city(ip string) (int, error) {
	resp, err := l.client().Get(l.base + ip)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// 12: network; alone bufio.(*Reader).Peek < net/http.(*persistConn).readLoop
