//! Modules that are known to be libraries.

/// Modules that are libraries and nothing else, as prefixes of import paths. Forms without file names show nothing else of whose code a
/// function is.
const LIBRARIES: [&str; 58] = [
    "cloud.google.com/go",
    "github.com/IBM/sarama",
    "github.com/Shopify/sarama",
    "github.com/apache/pulsar-client-go",
    "github.com/aws/aws-sdk-go",
    "github.com/aws/aws-sdk-go-v2",
    "github.com/cenkalti/backoff",
    "github.com/coder/websocket",
    "github.com/confluentinc/confluent-kafka-go",
    "github.com/docker/go-connections",
    "github.com/eclipse/paho.mqtt.golang",
    "github.com/elastic/go-elasticsearch",
    "github.com/fsnotify/fsnotify",
    "github.com/gin-gonic/gin",
    "github.com/go-chi/chi",
    "github.com/go-redis/redis",
    "github.com/go-sql-driver/mysql",
    "github.com/gofiber/fiber",
    "github.com/golang/groupcache",
    "github.com/golang/protobuf",
    "github.com/gomodule/redigo",
    "github.com/gorilla/mux",
    "github.com/gorilla/websocket",
    "github.com/hashicorp/golang-lru",
    "github.com/hashicorp/memberlist",
    "github.com/hashicorp/raft",
    "github.com/hashicorp/yamux",
    "github.com/jackc/pgx",
    "github.com/jackc/puddle",
    "github.com/labstack/echo",
    "github.com/lib/pq",
    "github.com/minio/minio-go",
    "github.com/nats-io/nats.go",
    "github.com/panjf2000/ants",
    "github.com/patrickmn/go-cache",
    "github.com/pion",
    "github.com/prometheus/client_golang",
    "github.com/quic-go/quic-go",
    "github.com/rabbitmq/amqp091-go",
    "github.com/redis/go-redis",
    "github.com/robfig/cron",
    "github.com/rs/zerolog",
    "github.com/segmentio/kafka-go",
    "github.com/sirupsen/logrus",
    "github.com/sourcegraph/conc",
    "github.com/streadway/amqp",
    "github.com/twmb/franz-go",
    "github.com/valyala/fasthttp",
    "go.mongodb.org/mongo-driver",
    "go.opencensus.io",
    "go.opentelemetry.io",
    "go.uber.org",
    "golang.org/x",
    "google.golang.org",
    "gorm.io/gorm",
    "k8s.io/apimachinery",
    "k8s.io/client-go",
    "nhooyr.io/websocket",
];

/// Whether a package is of a module that is known to be a library.
pub(super) fn is_known_library(package: &str) -> bool {
    let mut paths = std::iter::successors(Some(package), |it| it.rfind('/').map(|at| it.split_at(at).0));
    paths.any(|path| LIBRARIES.binary_search(&path).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_libraries() {
        assert!(LIBRARIES.is_sorted());
        let check =
            |package: &str, expected: bool| assert_eq!(is_known_library(package), expected, "{package}");
        check("github.com/robfig/cron/v3", true);
        check("golang.org/x/sync/errgroup", true);
        check("github.com/robfig/crontab", false);
        check("example.com/shop", false);
        check("", false);
    }
}
