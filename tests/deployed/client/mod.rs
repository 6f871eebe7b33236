//! Who talks to a deployment: browsers, sockets, streams and jobs.

mod caller;
mod job;
mod listener;
mod socket;

pub(crate) use caller::{Answer, Caller};
pub(crate) use job::{KEY, REGION, entry, secrets, sns, sqs};
pub(crate) use listener::Listener;
pub(crate) use socket::Socket;
