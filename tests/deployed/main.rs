//! The whole system as its users meet it, over addresses alone: one set of scenarios, run against `belfry serve` and against the
//! stack of `template.yaml`, deployed to an emulator of AWS (`MiniStack`) by the tools that deploy it to an account.
//!
//! What the emulator cannot do, all of it, and the test that covers it instead:
//!
//! 1. An answer in parts: the stream's `ResponseTransferMode` is taken out of a copy of the template. `runtime::stream` (all its tests,
//!    `events_arrive_one_by_one` first) runs the function under a stand-in of Lambda's Runtime API, and
//!    `it::template::the_template_holds` (part `streaming`) holds the property.
//! 2. Subprotocols and binary frames of sockets: it echoes none, and makes text of bytes.
//!    `what_was_agreed_is_echoed_and_bytes_are_refused` runs against the process, through the same handlers.
//! 3. Addresses as AWS has them. It has no domains for APIs: `Emulator::reached` writes the addresses of the outputs anew, and
//!    `SocketsEndpointBase` names it for the management of sockets. `it::template::domains::an_api_is_at_its_gateways_domain` and
//!    `it::template::the_template_holds` (part `sockets`) hold what stands there by default. And `sam delete` cannot read the
//!    addresses that it gives nested templates: `Sam::delete` calls boto3's `delete_stack`, as `sam delete` does in the end. The rest
//!    of that command is SAM's, and no test covers it.
//! 4. A number from a parameter in an event source's `ScalingConfig`: it keeps the text, and its poller fails on it. The copy says the
//!    default's number; `it::template::turned::each_parameter_turns_what_it_says` holds the parameters.
//! 5. The gateway's own responses (a path that is not listed is to be our 404): it ignores them.
//!    `refusals_are_problems_that_a_page_can_read` asks the process; `it::template::the_template_holds` (part `gateway's answers`) holds
//!    each.
//!
//! And the second engine: the store's suite and the use cases on the emulator's DynamoDB (`second_engine`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod built;
mod client;
mod deployment;
mod local;
mod scenarios;
mod second_engine;
mod stack;
mod wait;
