// Command imcache sets a key whose entry has expired.
package main

import (
	"time"

	"github.com/erni27/imcache"
)

func main() {
	var c imcache.Cache[string, int]
	c.Set("a", 1, imcache.WithExpiration(time.Millisecond))
	time.Sleep(10 * time.Millisecond)
	for range 20 {
		go c.GetOrSet("a", 1, imcache.WithNoExpiration())
	}
	finish("GetOrSet")
}
