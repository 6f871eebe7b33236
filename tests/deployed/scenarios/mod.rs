//! What users and jobs do, and what must come of it, wherever Belfry runs.

mod broadcasts;
mod isolation;
mod jobs;
mod marks;
mod poison;
mod poll;
mod preferences;
mod rest;
mod sockets;
mod stream;
mod tickets;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::deployment::Deployment;

/// One of them, with its name.
pub(crate) type Scenario = (&'static str, for<'a> fn(&'a Deployment) -> LocalBoxFuture<'a, ()>);

/// Lists the scenarios once: for the stack, which is deployed for all of them together, and as a test each against one process.
macro_rules! scenarios {
    ($($module:ident::$name:ident),* $(,)?) => {
        /// Every scenario.
        pub(crate) const ALL: &[Scenario] = &[$((stringify!($name), |at| $module::$name(at).boxed_local())),*];

        mod against_one_process {
            use futures::FutureExt as _;

            $(
                #[tokio::test]
                async fn $name() {
                    crate::local::run(stringify!($name), |at| super::$module::$name(at).boxed_local()).await;
                }
            )*
        }
    };
}

scenarios! {
    rest::a_dashboard_lists_marks_and_deletes,
    rest::pages_follow_one_another,
    rest::refusals_are_problems_that_a_page_can_read,
    rest::a_cookie_signs_in_a_browser,
    rest::a_repeated_post_is_applied_once,
    jobs::an_inherited_message_ends_a_task,
    jobs::one_id_twice_is_one_notification,
    jobs::a_batch_comes_whole,
    jobs::attributes_of_every_type_come_along,
    poison::poison_goes_to_the_dead_letters_and_its_mates_arrive,
    poll::a_poll_brings_what_came_since,
    stream::a_stream_brings_what_comes_and_continues,
    tickets::a_ticket_opens_one_socket_once,
    sockets::a_publication_reaches_an_open_socket,
    sockets::what_came_while_it_was_away_is_resumed,
    sockets::a_ping_tells_how_far_the_server_is,
    sockets::nonsense_is_told_and_at_last_ends_the_socket,
    sockets::what_was_agreed_is_echoed_and_bytes_are_refused,
    broadcasts::a_broadcast_reaches_the_sockets_of_three_users,
    marks::marks_reach_the_other_socket,
    preferences::a_muted_category_reaches_nobody,
    isolation::nobody_sees_what_is_not_theirs,
}
