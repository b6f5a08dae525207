// Command ginprom serves its first requests at the same time: one that finds the paths registered keeps a read lock, and one that is about
// to register them waits for it.
package main

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"

	"github.com/Depado/ginprom"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

func main() {
	// More threads than cores: requests stop anywhere.
	runtime.GOMAXPROCS(32)
	gin.SetMode(gin.ReleaseMode)
	for round := 0; round < 100_000; round++ {
		if round%500 == 499 {
			// Those that are there after a while are stuck.
			for wait := 0; wait < 20 && runtime.NumGoroutine() > 8; wait++ {
				time.Sleep(50 * time.Millisecond)
			}
			if runtime.NumGoroutine() > 8 {
				break
			}
		}
		prometheus.DefaultRegisterer = prometheus.NewRegistry()
		r := gin.New()
		p := ginprom.New(ginprom.Engine(r))
		r.Use(p.Instrument())
		r.GET("/user/:id", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
		var start sync.WaitGroup
		start.Add(1)
		for range 16 {
			go func() {
				request := httptest.NewRequest("GET", "/user/1", nil)
				start.Wait()
				r.ServeHTTP(httptest.NewRecorder(), request)
			}()
		}
		start.Done()
	}
	finish("(*Prometheus).update")
}
