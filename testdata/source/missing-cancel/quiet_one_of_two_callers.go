package two

import "context"

func Start()                     { follow(context.Background()) }
func Serve(ctx context.Context) { follow(ctx) }

func follow(ctx context.Context) {
	go func() {
		<-ctx.Done() // 30: channel receive; from 9
	}()
}
