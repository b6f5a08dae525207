// Command consistent asks for members while others are added: the second read lock of a call waits behind the writer.
package main

import (
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"time"

	"github.com/buraksezer/consistent"
)

type member string

func (m member) String() string { return string(m) }

type hasher struct{}

func (hasher) Sum64(data []byte) uint64 {
	h := fnv.New64()
	_, _ = h.Write(data)
	return h.Sum64()
}

func main() {
	c := consistent.New(nil, consistent.Config{Hasher: hasher{}, PartitionCount: 71, ReplicationFactor: 3, Load: 1.9})
	for i := range 8 {
		c.Add(member(fmt.Sprint("node", i)))
	}
	var ended atomic.Bool
	for range 20 {
		go func() {
			for !ended.Load() {
				_, _ = c.GetClosestN([]byte("key"), 3)
			}
		}()
	}
	go func() {
		for i := 0; !ended.Load(); i++ {
			c.Add(member(fmt.Sprint("more", i%4)))
			c.Remove(fmt.Sprint("more", i%4))
		}
	}()
	time.Sleep(3 * time.Second)
	ended.Store(true)
	finish("sync.(*RWMutex).RLock")
}
