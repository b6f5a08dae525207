// Package geo forgets the body where the status is not the wanted one.
package geo

import (
	"encoding/json"
	"fmt"
	"net/http"
)

var client = &http.Client{}

func City(ip string) (string, error) {
	resp, err := client.Get("http://geo/city?ip=" + ip)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("geo: %s", resp.Status)
	}
	defer resp.Body.Close()
	var city string
	err = json.NewDecoder(resp.Body).Decode(&city)
	return city, err
}

// 40: select; alone net/http.(*persistConn).readLoop
