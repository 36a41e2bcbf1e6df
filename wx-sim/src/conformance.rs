//! One suite for every driver of `wx-proto`.
//!
//! The [contract](wx_proto#the-contract-of-a-driver) of a driver has fourteen rules. Here is a case
//! for each thing they ask for, run against the simulated [service](crate::listen) over real
//! sockets on this machine: nothing is mocked but the other side. A driver that passes behaves as
//! the adapters of this project do.
//!
//! # Using it from another repository
//!
//! ```toml
//! [dev-dependencies]
//! wx-proto = { path = "wx/wx-proto" }
//! wx-sim = { path = "wx/wx-sim" }
//! ```
//!
//! The cases about TLS and proxies need both: the module `tls` of [`wx_proto::driver`] (behind the
//! feature `tls`), [`ProxyRules`](wx_proto::driver::ProxyRules) and
//! [`Tunnel`](wx_proto::driver::Tunnel) are the short way there. A driver without them fails those
//! six and no others; one that keeps no sessions, and starts the bare client, fails those of the
//! group `store`. The suite waits more than it works: with `RUST_TEST_THREADS=8` it takes a
//! quarter of a minute.
//!
//! In a test target (`tests/conformance.rs`), implement [`Subject`] for a handle of your driver:
//! some sixty lines that make its calls block. Then one line makes a `#[test]` of each case:
//!
//! ```
//! use std::time::Duration;
//! use wx_proto::{Client, Close, Command, Event, EventId, driver::{Ack, Kept, TransportConfig}};
//! use wx_sim::conformance::{Failure, Subject, TimedOut};
//!
//! #[derive(Clone)]
//! struct MyDriver { /* a handle of a session */ }
//!
//! # struct MyEvents;
//! impl Subject for MyDriver {
//!     type Events = MyEvents;
//!
//!     fn start(client: impl Into<Kept>, network: &TransportConfig) -> (Self, MyEvents) {
//!         // One transport for each session, made as `network` says.
//! #       let _ = (client.into(), network); unimplemented!()
//!     }
//!
//!     fn call_all<C>(&self, commands: Vec<C>, patience: Duration) -> Vec<Result<C::Reply, Failure>>
//!     where
//!         C: Command + Send + 'static,
//!         C::Reply: Send + 'static,
//!     {
//!         // For an async driver: all calls as futures, joined, under one time-out.
//! #       let _ = (commands, patience); unimplemented!()
//!     }
//!
//!     // … and so on, down to `close`.
//! #   fn post<C>(&self, _: C) -> bool where C: Command + Send + 'static { unimplemented!() }
//! #   fn call_reading<C>(&self, _: C, _: Vec<u8>, _: Duration) -> Result<C::Reply, Failure>
//! #   where C: Command + Send + 'static, C::Reply: Send + 'static { unimplemented!() }
//! #   fn call_writing<C>(&self, _: C, _: &mut [u8], _: Duration)
//! #       -> (usize, Result<C::Reply, Failure>)
//! #   where C: Command + Send + 'static, C::Reply: Send + 'static { unimplemented!() }
//! #   fn next(_: &mut MyEvents, _: Duration) -> Result<Option<Event>, TimedOut> { unimplemented!() }
//! #   fn set_ack(_: &mut MyEvents, _: Ack) {}
//! #   fn acknowledge(&self, _: EventId) {}
//! #   fn inspect<T, F>(&self, _: F) -> Option<T>
//! #   where T: Send + 'static, F: FnOnce(&Client) -> T + Send + 'static { unimplemented!() }
//! #   fn close(&self, _: Close, _: Duration) -> Result<(), TimedOut> { unimplemented!() }
//! }
//!
//! wx_sim::conformance_suite!(MyDriver);
//! ```
//!
//! A case waits for conditions, each for at most 15 seconds, and sleeps only where it has to see
//! that something does not happen. Two of them wait for a deadline of the client that is 10
//! seconds away; most take half a second. If one fails, it says in a sentence which rule was broken
//! and how. The repository has a driver made of threads alone that passes
//! (`wx-sim/tests/conformance`), and with it a list of ways to be wrong, each of which a case
//! finds.
//!
//! # What is covered
//!
//! The numbers are those of the contract. What no case can see from outside is not listed: that
//! entropy is read once, and how a driver behaves for hours. Nor does a case see what these bounds
//! hide: wake-ups that come a few seconds late, saves that are a few seconds late, a sink that is not flushed, a body that is read
//! faster than its sink takes it, addresses of a host that are never tried, a peer that takes
//! nothing any more. Drivers need tests of their own for those.
//!
//! | rule | what is asked for | cases |
//! |---|---|---|
//! | | a session works | `login_leads_to_online`, `messages_arrive_in_order`, `resumed_session_needs_no_scan` |
//! | 1 | one owner | `ten_texts_keep_their_order`, `many_threads_each_get_their_own_answer` |
//! | 2, 3 | drain, and obey at once | `text_leaves_during_a_held_poll` |
//! | 4 | the request as given | `requests_go_out_exactly_as_given`, `all_drivers_say_the_same` |
//! | 4 | no redirects, no jar | `redirects_are_not_followed`, `cookies_are_left_to_the_client` |
//! | 4 | at most once | `nothing_is_repeated_that_happens_twice`, `lost_reply_is_asked_for_under_the_same_id`, `closed_idle_connections_are_not_used` |
//! | 4 | any status is a reply | `error_statuses_are_replies` |
//! | 4 | any framing, nothing decompressed | `bodies_come_in_any_framing` |
//! | 4 | a malformed status line | `malformed_status_lines_are_not_http` |
//! | 5 | one answer for each request | `open_calls_hear_of_the_end` |
//! | 6 | read by the rule, and no further | `oversize_bodies_are_cut_off`, `endless_heads_are_cut_off` |
//! | 6 | sources | `uploads_read_exactly_the_blocks`, `short_sources_fail`, `calls_without_a_source_fail` |
//! | 6 | sinks | `downloads_arrive_whole`, `full_sinks_fail`, `calls_without_a_sink_fail`, `pages_never_reach_the_sink` |
//! | 6 | what had reached the sink | `downloads_lost_before_the_first_byte_come_again`, `downloads_lost_in_the_middle_do_not` |
//! | 7 | abort stops at once and frees the socket | `close_hangs_up_on_the_poll`, `downloads_can_be_given_up` |
//! | 8 | honest kinds | `refused_connections_are_unreachable`, `unknown_names_are_not_resolved`, `lost_connections_are_resets` |
//! | 8 | trust | `unknown_authorities_are_not_trusted`, `certificates_are_for_one_host`, `extra_roots_are_trusted` |
//! | 8 | proxies | `proxies_lead_to_other_machines`, `refusing_proxies_are_unreachable`, `this_machine_is_reached_directly` |
//! | 9 | wake up | `deadline_wakes_the_driver`, `silence_ends_at_the_deadline`, `stalled_bodies_end_at_the_deadline` |
//! | 9 | and neither before nor never | `slow_replies_are_waited_for`, `floods_of_calls_delay_nothing` |
//! | 10 | events when asked for | `events_leave_only_when_asked_for`, `impatient_readers_lose_nothing` |
//! | 10 | the loop waits for no reader | `stalled_readers_stop_nothing`, `readers_that_call_do_not_deadlock` |
//! | 10 | acknowledgement | `asking_acknowledges_the_one_before`, `manual_acknowledgement_is_the_applications` |
//! | 10 | no stream any more | `dropped_streams_discard_events`, `failing_readers_lose_nothing` |
//! | 11 | nobody waits | `abandoned_calls_are_cancelled`, `calls_abandoned_before_their_turn_are_not_submitted`, `posted_commands_need_nobody` |
//! | 11 | nobody is left | `last_one_out_closes_without_a_logout`, `stream_alone_keeps_the_session`, `handle_alone_keeps_the_session` |
//! | 12 | stay until drained | `logout_is_sent_before_the_end`, `close_drains_what_was_submitted` |
//! | 12 | the remaining events | `events_after_the_close_can_be_read`, `end_by_the_service_waits_to_be_read` |
//! | 12 | calls made later | `calls_after_the_end_fail_fast` |
//! | 13 | one clock | `clock_is_right_and_moves_on` |
//! | 14 | go on with what is stored | `stored_sessions_go_on` |
//! | 14 | save what changes, and no more | `changed_sessions_are_saved`, `saves_do_not_cover_what_is_open`, `logouts_clear_the_store` |
//! | 14 | off the loop, one at a time, again | `slow_stores_hold_nobody_up`, `failed_saves_are_tried_again` |
//! | 14 | to the end | `ends_are_saved_before_they_are_told` |

pub mod cases;
mod subject;
mod suite;

pub use self::cases::eventful_session;
pub use crate::demo::TimedOut;
pub use subject::{Failure, Subject};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::suite::CASES;

    #[test]
    fn the_table_names_each_case() {
        let lines = include_str!("conformance.rs").lines();
        let rows = lines.filter_map(|line| line.strip_prefix("//! | ")?.rsplit(" | ").next());
        let listed: Vec<&str> = rows
            .flat_map(|cases| cases.split('`').skip(1).step_by(2))
            .collect();
        let all: BTreeSet<&str> = CASES
            .iter()
            .flat_map(|(_, cases)| *cases)
            .copied()
            .collect();
        let table: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!(table, all);
        assert_eq!(listed.len(), all.len(), "a case stands once in the table");
    }

    #[test]
    fn the_files_hold_what_the_list_says() {
        let sources = [
            ("session", include_str!("conformance/cases/session.rs")),
            ("wire", include_str!("conformance/cases/wire.rs")),
            ("failure", include_str!("conformance/cases/failure.rs")),
            ("life", include_str!("conformance/cases/life.rs")),
            ("event", include_str!("conformance/cases/event.rs")),
            ("stream", include_str!("conformance/cases/stream.rs")),
            ("network", include_str!("conformance/cases/network.rs")),
            ("store", include_str!("conformance/cases/store.rs")),
            (
                "transcript",
                include_str!("conformance/cases/transcript.rs"),
            ),
        ];
        let written: Vec<(&str, Vec<&str>)> = sources
            .into_iter()
            .map(|(group, source)| {
                let lines = source.lines();
                let names =
                    lines.filter_map(|line| line.strip_prefix("pub fn ")?.split('<').next());
                (group, names.collect())
            })
            .collect();
        for ((group, cases), (name, written)) in CASES.iter().zip(&written) {
            assert_eq!(group, name);
            let (listed, written): (BTreeSet<_>, BTreeSet<_>) =
                (cases.iter().collect(), written.iter().collect());
            assert_eq!(listed, written, "{group}");
        }
        assert_eq!(CASES.len(), written.len());
    }
}
