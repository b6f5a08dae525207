// Package geo makes a client for each host, once.
package geo

import "net/http"

type lookup struct {
	base    string
	clients map[string]*http.Client
}

func (l *lookup) client(host string) *http.Client {
	if c, ok := l.clients[host]; ok {
		return c
	}
	c := &http.Client{Transport: &http.Transport{MaxIdleConns: 1}}
	l.clients[host] = c
	return c
}

func (l *lookup) city(ip string) (int, error) {
	resp, err := l.client(l.base).Get(l.base + ip)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// 12: network; alone bufio.(*Reader).Peek < net/http.(*persistConn).readLoop
