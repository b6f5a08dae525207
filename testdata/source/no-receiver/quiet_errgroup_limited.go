// Package crawl adds tasks to a limited group: they wait for one another only as long as the tasks run.
package crawl

import "golang.org/x/sync/errgroup"

func Crawl(pages []string) error {
	var g errgroup.Group
	g.SetLimit(4)
	for _, page := range pages {
		g.Go(visit(page)) // 1: channel send; below golang.org/x/sync/errgroup.(*Group).Go
	}
	return g.Wait()
}

func visit(page string) func() error { return func() error { return nil } }
