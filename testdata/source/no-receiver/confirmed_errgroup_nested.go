// Package crawl adds tasks to a limited group from inside of its tasks.
package crawl

import "golang.org/x/sync/errgroup"

func Crawl(pages []string) error {
	var g errgroup.Group
	g.SetLimit(4)
	for _, page := range pages {
		g.Go(func() error {
			for _, link := range links(page) {
				g.Go(visit(link)) // 4: channel send; below golang.org/x/sync/errgroup.(*Group).Go
			}
			return nil
		})
	}
	return g.Wait()
}

func links(page string) []string { return nil }

func visit(link string) func() error { return func() error { return nil } }
