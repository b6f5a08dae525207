//! Options for requests.

use std::fmt;
use std::time::Duration;

/// Credentials, certificates and limits for requests.
#[derive(Clone)]
pub struct HttpOptions {
    /// Headers to send, name and value, in order.
    pub headers: Vec<(String, String)>,
    /// A token sent as `Authorization: Bearer`; `None` sends none. It takes precedence over `user`.
    pub bearer: Option<String>,
    /// User and password sent as `Authorization: Basic`; `None` takes those of the target's URL, if any.
    pub user: Option<(String, String)>,
    /// PEM certificates of authorities to trust besides the system's; `None` trusts only the system's.
    pub ca_cert: Option<Vec<u8>>,
    /// A client certificate with its key in PEM; `None` sends none.
    pub client_cert: Option<Vec<u8>>,
    /// Whether to accept any certificate.
    pub insecure: bool,
    /// Whether to use the environment's proxies. Loopback addresses and Unix sockets are never proxied.
    pub proxy: bool,
    /// The time limit for connecting, including the TLS handshake.
    pub connect_timeout: Duration,
    /// The time limit from a request to its first byte, and between two chunks of the body.
    pub idle_timeout: Duration,
    /// The time limit for one profile, including redirects and retries.
    pub timeout: Duration,
    /// The maximum size of the body in bytes.
    pub max_input: u64,
    /// The maximum number of retries after a temporary failure.
    pub retries: u32,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            bearer: None,
            user: None,
            ca_cert: None,
            client_cert: None,
            insecure: false,
            proxy: true,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            // Even with an endless body, the process stays below 256 MiB.
            max_input: 224 * 1024 * 1024,
            retries: 2,
        }
    }
}

impl fmt::Debug for HttpOptions {
    /// Shows which credentials are set, but not their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("HttpOptions")
            .field("headers", &names)
            .field("bearer", &self.bearer.as_ref().map(|_| "***"))
            .field("user", &self.user.as_ref().map(|_| "***"))
            .field("client_cert", &self.client_cert.as_ref().map(|_| "***"))
            .field("insecure", &self.insecure)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
