//! What is billed, counted; and what it comes to.

use super::prices::Prices;

/// So many of each thing that a service bills.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) lambda_requests: f64,
    pub(crate) lambda_gb_seconds: f64,
    pub(crate) rest_requests: f64,
    pub(crate) socket_messages: f64,
    pub(crate) socket_minutes: f64,
    pub(crate) reads: f64,
    pub(crate) writes: f64,
    pub(crate) stored_gb: f64,
    pub(crate) sns: f64,
    pub(crate) sqs: f64,
    pub(crate) log_gb: f64,
    pub(crate) alarms: f64,
    pub(crate) metrics: f64,
    pub(crate) dashboards: f64,
    pub(crate) secrets: f64,
    pub(crate) out_gb: f64,
}

impl Tally {
    /// So many times this.
    pub(crate) fn times(self, factor: f64) -> Self {
        self.zip(Self::default(), |one, _| one * factor)
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        self.zip(other, |one, two| one + two)
    }

    fn zip(self, other: Self, with: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            lambda_requests: with(self.lambda_requests, other.lambda_requests),
            lambda_gb_seconds: with(self.lambda_gb_seconds, other.lambda_gb_seconds),
            rest_requests: with(self.rest_requests, other.rest_requests),
            socket_messages: with(self.socket_messages, other.socket_messages),
            socket_minutes: with(self.socket_minutes, other.socket_minutes),
            reads: with(self.reads, other.reads),
            writes: with(self.writes, other.writes),
            stored_gb: with(self.stored_gb, other.stored_gb),
            sns: with(self.sns, other.sns),
            sqs: with(self.sqs, other.sqs),
            log_gb: with(self.log_gb, other.log_gb),
            alarms: with(self.alarms, other.alarms),
            metrics: with(self.metrics, other.metrics),
            dashboards: with(self.dashboards, other.dashboards),
            secrets: with(self.secrets, other.secrets),
            out_gb: with(self.out_gb, other.out_gb),
        }
    }

    /// Dollars by service, in the order in which people look for them.
    pub(crate) fn bill(&self, prices: &Prices) -> Vec<(&'static str, f64)> {
        let logs = self.log_gb * prices.log_gb;
        let watching = self.alarms * prices.alarm + self.metrics * prices.metric + self.dashboards * prices.dashboard;
        vec![
            ("Lambda", self.lambda_requests * prices.lambda_request + self.lambda_gb_seconds * prices.lambda_gb_second),
            ("API Gateway, REST", self.rest_requests * prices.rest_request),
            ("API Gateway, WebSocket", self.socket_messages * prices.socket_message + self.socket_minutes * prices.socket_minute),
            ("DynamoDB, reads", self.reads * prices.read),
            ("DynamoDB, writes", self.writes * prices.write),
            ("DynamoDB, storage and backup", self.stored_gb * (prices.stored_gb + prices.backup_gb)),
            ("SNS", self.sns * prices.sns),
            ("SQS", self.sqs * prices.sqs),
            ("CloudWatch", logs + watching),
            ("Secrets Manager", self.secrets * prices.secret),
            ("Data transfer out", self.out_gb * prices.out_gb),
        ]
    }

    /// Dollars in all.
    pub(crate) fn dollars(&self, prices: &Prices) -> f64 {
        self.bill(prices).iter().map(|(_, dollars)| dollars).sum()
    }
}
