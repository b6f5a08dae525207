// Command consistent asks for members while others are added: the second read lock of a call waits behind the writer.
package main

import (
	"fmt"
	"hash/fnv"
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
	stop := time.After(3 * time.Second)
	for range 20 {
		go func() {
			for {
				_, _ = c.GetClosestN([]byte("key"), 3)
			}
		}()
	}
	go func() {
		for i := 0; ; i++ {
			c.Add(member(fmt.Sprint("more", i%4)))
			c.Remove(fmt.Sprint("more", i%4))
		}
	}()
	<-stop
	finish("sync.(*RWMutex).RLock")
}
