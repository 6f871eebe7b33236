//! What AWS asks, in us-east-1, on demand, without the free tier and without the discounts of large accounts.
//!
//! As of November 2026, from the pricing pages of each service ("AWS Lambda Pricing", "Amazon API Gateway Pricing", "Amazon `DynamoDB`
//! On-Demand Pricing", "Amazon SNS Pricing", "Amazon SQS Pricing", "Amazon CloudWatch Pricing", "AWS Secrets Manager Pricing", and
//! "Amazon EC2 On-Demand Pricing", Data Transfer). Whoever changes one changes [`AS_OF`], too.

/// When these prices were looked up.
pub(crate) const AS_OF: &str = "November 2026";
/// Where they hold.
pub(crate) const REGION: &str = "us-east-1";

const MILLION: f64 = 1e6;

/// Dollars for one of each.
pub(crate) struct Prices {
    /// A request to a function.
    pub(crate) lambda_request: f64,
    /// A GB-second of a function, arm64, up to 7.5 billion a month.
    pub(crate) lambda_gb_second: f64,
    /// A request to a REST API, up to 333 million a month. A streamed answer counts once for each 10 MB.
    pub(crate) rest_request: f64,
    /// A message to or from a socket, 32 KB each, up to a billion a month.
    pub(crate) socket_message: f64,
    /// A minute that a socket is open.
    pub(crate) socket_minute: f64,
    /// A read request unit.
    pub(crate) read: f64,
    /// A write request unit.
    pub(crate) write: f64,
    /// A GB stored for a month.
    pub(crate) stored_gb: f64,
    /// A GB of continuous backup for a month.
    pub(crate) backup_gb: f64,
    /// A message published to a topic. That it goes on to a queue costs nothing.
    pub(crate) sns: f64,
    /// A request to a queue.
    pub(crate) sqs: f64,
    /// A GB of logs taken; what is kept for a month is 3 cents of it more.
    pub(crate) log_gb: f64,
    /// An alarm for a month.
    pub(crate) alarm: f64,
    /// A metric of one's own for a month.
    pub(crate) metric: f64,
    /// A dashboard for a month.
    pub(crate) dashboard: f64,
    /// A secret for a month.
    pub(crate) secret: f64,
    /// A GB out to the internet, up to 10 TB a month.
    pub(crate) out_gb: f64,
}

pub(crate) const PRICES: Prices = Prices {
    lambda_request: 0.20 / MILLION,
    lambda_gb_second: 0.000_013_333_4,
    rest_request: 3.50 / MILLION,
    socket_message: 1.00 / MILLION,
    socket_minute: 0.25 / MILLION,
    read: 0.125 / MILLION,
    write: 0.625 / MILLION,
    stored_gb: 0.25,
    backup_gb: 0.20,
    sns: 0.50 / MILLION,
    sqs: 0.40 / MILLION,
    log_gb: 0.53,
    alarm: 0.10,
    metric: 0.30,
    dashboard: 3.00,
    secret: 0.40,
    out_gb: 0.09,
};
